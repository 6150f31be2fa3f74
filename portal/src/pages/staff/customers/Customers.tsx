import { Page } from '../../../ui/Page';

export default function Customers() {
  return <Page title="Customers">{null}</Page>;
}
