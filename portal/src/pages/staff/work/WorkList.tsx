import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useData } from '../../../api/useData';
import { Empty } from '../../../ui/Empty';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Queue } from './Queue';
import { useQueues } from './useQueues';
import { StaffWorkListDocument, type StaffWorkListQuery } from './work.generated';

/** The first page of the merchant's people: what waits for somebody to do something about it. */
export default function WorkList() {
  const { t } = useTranslation('work');
  const work = useData(StaffWorkListDocument, {});
  return (
    <Page title={t('title')} subtitle={t('subtitle')}>
      <Loaded of={work}>{(data) => <Queues of={data} />}</Loaded>
    </Page>
  );
}

function Queues({ of }: { of: StaffWorkListQuery }) {
  const { t } = useTranslation('work');
  const queues = useQueues(of).filter(({ count }) => count > 0);
  if (queues.length === 0) return <Empty text={t('done')} />;
  return (
    <Stack gap="lg">
      {queues.map((queue) => (
        <Queue key={queue.name} of={queue} />
      ))}
    </Stack>
  );
}
