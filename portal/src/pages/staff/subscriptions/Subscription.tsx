import { Page } from '../../../ui/Page';

export default function Subscription() {
  return <Page title="Subscription">{null}</Page>;
}
