import { Page } from '../../../ui/Page';

export default function Company() {
  return <Page title="Company">{null}</Page>;
}
