import { Page } from '../../../ui/Page';

export default function CreditNote() {
  return <Page title="CreditNote">{null}</Page>;
}
