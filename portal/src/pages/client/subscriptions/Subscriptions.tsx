import { Page } from '../../../ui/Page';

export default function Subscriptions() {
  return <Page title="Subscriptions">{null}</Page>;
}
