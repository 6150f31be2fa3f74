import { Page } from '../../../ui/Page';

export default function Payments() {
  return <Page title="Payments">{null}</Page>;
}
