import { Page } from '../../../ui/Page';

export default function NewCustomer() {
  return <Page title="NewCustomer">{null}</Page>;
}
