import { Page } from '../../../ui/Page';

export default function CreditNotes() {
  return <Page title="CreditNotes">{null}</Page>;
}
