import { Page } from '../../../ui/Page';

export default function NewSubscription() {
  return <Page title="NewSubscription">{null}</Page>;
}
