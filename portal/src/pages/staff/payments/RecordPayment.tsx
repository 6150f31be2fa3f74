import { Page } from '../../../ui/Page';

export default function RecordPayment() {
  return <Page title="RecordPayment">{null}</Page>;
}
