import { Page } from '../../../ui/Page';

export default function Merchant() {
  return <Page title="Merchant">{null}</Page>;
}
