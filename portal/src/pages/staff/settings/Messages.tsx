import { Page } from '../../../ui/Page';

export default function Messages() {
  return <Page title="Messages">{null}</Page>;
}
