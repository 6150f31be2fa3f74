import { Page } from '../../../ui/Page';

export default function Plans() {
  return <Page title="Plans">{null}</Page>;
}
