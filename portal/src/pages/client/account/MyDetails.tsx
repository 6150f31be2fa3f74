import { Page } from '../../../ui/Page';

export default function MyDetails() {
  return <Page title="MyDetails">{null}</Page>;
}
