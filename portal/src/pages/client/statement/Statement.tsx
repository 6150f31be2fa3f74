import { Page } from '../../../ui/Page';

export default function Statement() {
  return <Page title="Statement">{null}</Page>;
}
