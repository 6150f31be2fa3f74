import { Page } from '../../../ui/Page';

export default function Estimates() {
  return <Page title="Estimates">{null}</Page>;
}
