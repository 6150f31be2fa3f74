import { Page } from '../../../ui/Page';

export default function PayReturn() {
  return <Page title="PayReturn">{null}</Page>;
}
