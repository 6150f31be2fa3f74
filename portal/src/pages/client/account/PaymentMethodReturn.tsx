import { Page } from '../../../ui/Page';

export default function PaymentMethodReturn() {
  return <Page title="PaymentMethodReturn">{null}</Page>;
}
