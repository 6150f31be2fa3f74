import { Page } from '../../../ui/Page';

export default function EditCreditNote() {
  return <Page title="EditCreditNote">{null}</Page>;
}
