import { Page } from '../../../ui/Page';

export default function EditInvoice() {
  return <Page title="EditInvoice">{null}</Page>;
}
