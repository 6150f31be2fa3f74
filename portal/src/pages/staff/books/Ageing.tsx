import { Page } from '../../../ui/Page';

export default function Ageing() {
  return <Page title="Ageing">{null}</Page>;
}
