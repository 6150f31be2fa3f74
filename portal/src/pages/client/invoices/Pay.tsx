import { Page } from '../../../ui/Page';

export default function Pay() {
  return <Page title="Pay">{null}</Page>;
}
