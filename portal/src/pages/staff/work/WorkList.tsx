import { Page } from '../../../ui/Page';

export default function WorkList() {
  return <Page title="WorkList">{null}</Page>;
}
