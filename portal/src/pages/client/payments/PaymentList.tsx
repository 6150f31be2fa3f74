import { Anchor, Stack } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { PaymentFilterInput } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { FilterSelect } from '../../../ui/FilterSelect';
import { Filters } from '../../../ui/Filters';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import { Table } from '../../../ui/Table';
import { PaymentStateBadge } from './PaymentStateBadge';
import { PaymentsDocument, type PaymentsQuery } from './payments.generated';
import { useMethodName } from './useMethodName';

const filters = {
  all: {},
  received: { states: ['SUCCEEDED'] },
  'under-way': { states: ['INITIATED', 'PENDING'] },
  failed: { states: ['FAILED', 'CANCELLED'] },
} as const satisfies Record<string, PaymentFilterInput>;

type Filter = keyof typeof filters;
const isFilter = (text: string): text is Filter => text in filters;

/** The customer's payments, received or not, and which invoices they were for. */
export function PaymentList() {
  const { t } = useTranslation('payments');
  const format = useFormat();
  const methodName = useMethodName();
  const [params] = useSearchParams();
  const asked = params.get('show') ?? 'all';
  const filter = isFilter(asked) ? asked : 'all';
  const pages = usePages();
  const payments = useData(PaymentsDocument, { filter: filters[filter], after: pages.after });
  return (
    <Stack gap="lg">
      <Filters>
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(filters) as Filter[]).map((name) => [name, t(`filter.${name}`)])}
        />
      </Filters>
      <Loaded of={payments}>
        {({ payments: { nodes, pageInfo } }) => (
          <>
            <Table
              label={t('tab.payments')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/payments/${id}`}
              empty={t(filter === 'all' ? 'empty.all' : 'empty.filtered')}
              columns={[
                { key: 'number', header: t('column.number'), cell: (row) => row.number ?? t('unnumbered') },
                { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
                { key: 'method', header: t('column.method'), cell: (row) => methodName(row.method) },
                { key: 'for', header: t('column.for'), cell: (row) => <Invoices of={row} /> },
                { key: 'state', header: t('column.state'), cell: (row) => <PaymentStateBadge state={row.state} /> },
                {
                  key: 'amount',
                  header: t('column.amount'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => format.money(row.amount),
                },
              ]}
            />
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

/** The invoices that a payment settles, or else was meant for, as links; the first few where they are many. */
function Invoices({ of }: { of: PaymentsQuery['payments']['nodes'][number] }) {
  const { t } = useTranslation('payments');
  const meant = of.state === 'SUCCEEDED' || of.allocations.length > 0 ? of.allocations : of.startedFor;
  const all = meant.flatMap(({ invoice }) => (invoice ? [invoice] : []));
  const shown = all.slice(0, 3);
  if (all.length === 0) return of.state === 'SUCCEEDED' ? t('column.credit') : '–';
  return (
    <span>
      {shown.map((invoice, at) => (
        <Fragment key={invoice.id}>
          {at > 0 && ', '}
          <Anchor component={Link} to={`/invoices/${invoice.id}`} size="sm">
            {invoice.number}
          </Anchor>
        </Fragment>
      ))}
      {all.length > shown.length && ` ${t('column.more', { count: all.length - shown.length })}`}
    </span>
  );
}
