import { Page } from '../../../ui/Page';

export default function Payment() {
  return <Page title="Payment">{null}</Page>;
}
