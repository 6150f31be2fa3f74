import { Page } from '../../../ui/Page';

export default function Security() {
  return <Page title="Security">{null}</Page>;
}
