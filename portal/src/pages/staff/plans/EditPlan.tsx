import { Page } from '../../../ui/Page';

export default function EditPlan() {
  return <Page title="EditPlan">{null}</Page>;
}
