import { Page } from '../../../ui/Page';

export default function EditEstimate() {
  return <Page title="EditEstimate">{null}</Page>;
}
