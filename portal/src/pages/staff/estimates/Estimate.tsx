import { Page } from '../../../ui/Page';

export default function Estimate() {
  return <Page title="Estimate">{null}</Page>;
}
