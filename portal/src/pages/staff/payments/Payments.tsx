import { Button, SimpleGrid, Text } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { PaymentFilterInput } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { FilterSelect } from '../../../ui/FilterSelect';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { CustomerFilter, useParam } from '../../../ui/paramFilters';
import { Table } from '../../../ui/Table';
import { useMethodName } from '../settling/useMethodName';
import { PaymentState } from './PaymentState';
import { StaffPaymentsDocument } from './payments.generated';

const states = {
  all: {},
  succeeded: { states: ['SUCCEEDED'] },
  underWay: { states: ['INITIATED', 'PENDING'] },
  failed: { states: ['FAILED', 'CANCELLED'] },
} as const satisfies Record<string, PaymentFilterInput>;

type Shown = keyof typeof states;
const isShown = (text: string): text is Shown => text in states;

/** The payments of all customers. */
export default function Payments() {
  const { t } = useTranslation('staffPayments');
  const format = useFormat();
  const methodName = useMethodName();
  const { mayAct } = useMe();
  const [asked] = useParam('show');
  const [customerId] = useParam('customer');
  const show = asked && isShown(asked) ? asked : 'all';
  const filter: PaymentFilterInput = { ...states[show], customerId };
  const pages = usePages();
  const payments = useData(StaffPaymentsDocument, { filter, after: pages.after });
  return (
    <Page
      title={t('title')}
      actions={
        mayAct && (
          <Button
            component={Link}
            to={customerId ? `/payments/new?customer=${customerId}` : '/payments/new'}
            leftSection={<Plus size={16} aria-hidden />}
          >
            {t('record')}
          </Button>
        )
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        <FilterSelect
          label={t('filter.label')}
          param="show"
          options={(Object.keys(states) as Shown[]).map((name) => [name, t(`filter.${name}`)])}
        />
        <CustomerFilter label={t('filter.customer')} placeholder={t('filter.anyCustomer')} />
      </SimpleGrid>
      <Loaded of={payments}>
        {({ payments: { nodes, pageInfo, totalCount } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/payments/${id}`}
              empty={t(show === 'all' && !customerId ? 'empty.all' : 'empty.filtered')}
              columns={[
                {
                  key: 'number',
                  header: t('column.number'),
                  nowrap: true,
                  cell: (row) => row.number ?? t('unnumbered'),
                },
                { key: 'customer', header: t('column.customer'), cell: (row) => row.customer?.name },
                { key: 'dated', header: t('column.dated'), nowrap: true, cell: (row) => format.date(row.dated) },
                { key: 'method', header: t('column.method'), cell: (row) => methodName(row.method) },
                { key: 'state', header: t('column.state'), cell: (row) => <PaymentState of={row.state} /> },
                {
                  key: 'amount',
                  header: t('column.amount'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => format.money(row.amount),
                },
                {
                  key: 'unapplied',
                  header: t('column.unapplied'),
                  end: true,
                  cell: (row) => (isZero(row.unapplied.amount) ? '' : format.money(row.unapplied)),
                },
              ]}
            />
            {nodes.length > 0 && (
              <Text size="sm" c="dimmed">
                {t('count', { count: totalCount })}
              </Text>
            )}
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
