import { Page } from '../../../ui/Page';

export default function PaymentMethod() {
  return <Page title="PaymentMethod">{null}</Page>;
}
