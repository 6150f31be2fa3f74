import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import { State } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import { StaffOutboxDocument } from './messages.generated';

const filters = { all: null, waiting: true, sent: false } as const;
type Filter = keyof typeof filters;
const isFilter = (text: string): text is Filter => text in filters;

/** The kinds that there are words for; a newer server may know more. */
const kinds = [
  'invoice_forwarded',
  'invoice_reminded',
  'merchant_mailed',
  'merchant_reviewed',
  'estimate_offered',
  'payment_received',
] as const;
const isKnown = (kind: string): kind is (typeof kinds)[number] => kinds.some((one) => one === kind);

/** The mails to customers and to the merchant, the newest first, and whether they are out. */
export function Outbox() {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const { isMailDelivered } = useMe();
  const [params] = useSearchParams();
  const asked = params.get('state') ?? 'all';
  const filter = isFilter(asked) ? asked : 'all';
  const pages = usePages();
  const outbox = useData(StaffOutboxDocument, { waiting: filters[filter], after: pages.after });
  return (
    <>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          {t('messages.outboxLead')} {!isMailDelivered && t('mailNotSetUp')}
        </Text>
        <FilterSelect
          label={t('messages.which.label')}
          param="state"
          options={(Object.keys(filters) as Filter[]).map((name) => [name, t(`messages.which.${name}`)])}
        />
      </Group>
      <Loaded of={outbox}>
        {({ outbox: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('messages.part.outbox')}
              rows={nodes}
              rowKey={({ id }) => id}
              empty={t(filter === 'all' ? 'messages.empty.outbox' : 'messages.empty.filtered')}
              columns={[
                { key: 'subject', header: t('messages.column.subject'), cell: ({ subject }) => subject },
                {
                  key: 'kind',
                  header: t('messages.column.kind'),
                  cell: ({ kind }) => (isKnown(kind) ? t(`messages.kind.${kind}`) : kind),
                },
                { key: 'recipient', header: t('messages.column.recipient'), cell: ({ recipient }) => recipient },
                {
                  key: 'createdAt',
                  header: t('messages.column.createdAt'),
                  cell: ({ createdAt }) => format.dateTime(createdAt),
                },
                {
                  key: 'state',
                  header: t('messages.column.state'),
                  cell: ({ sentAt }) =>
                    sentAt ? (
                      <State tone="good">{t('messages.sent', { when: format.dateTime(sentAt) })}</State>
                    ) : (
                      <State tone="info">{t('messages.waiting')}</State>
                    ),
                },
              ]}
            />
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </>
  );
}
