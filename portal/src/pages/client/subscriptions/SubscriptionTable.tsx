import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format';
import { type Column, Table } from '../../../ui/Table';
import { usePerInterval } from './perInterval';
import { SubscriptionStateBadge } from './SubscriptionStateBadge';
import type { SubscriptionPartsFragment } from './subscriptions.generated';

/** Subscriptions in rows that lead to them; `more` are columns after the first, such as whose they are. */
export function SubscriptionTable<Row extends SubscriptionPartsFragment>({
  rows,
  empty,
  more = [],
}: {
  rows: readonly Row[];
  empty: string;
  more?: readonly Column<Row>[];
}) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const per = usePerInterval();
  return (
    <Table<Row>
      label={t('title')}
      rows={rows}
      rowKey={({ id }) => id}
      href={({ id }) => `/subscriptions/${id}`}
      empty={empty}
      columns={[
        { key: 'plan', header: t('column.plan'), cell: (row) => row.planName },
        ...more,
        { key: 'created', header: t('column.created'), cell: (row) => format.date(row.createdOn) },
        { key: 'collection', header: t('column.collection'), cell: (row) => t(`collection.${row.collection}`) },
        {
          key: 'state',
          header: t('column.state'),
          cell: (row) => <SubscriptionStateBadge state={row.state} endsOn={row.endsOn} />,
        },
        {
          key: 'amount',
          header: t('column.amount'),
          end: true,
          narrow: 'amount',
          cell: (row) => per(row.amount, row.terms.interval),
        },
      ]}
    />
  );
}
