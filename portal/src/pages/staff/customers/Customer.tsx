import { Page } from '../../../ui/Page';

export default function Customer() {
  return <Page title="Customer">{null}</Page>;
}
