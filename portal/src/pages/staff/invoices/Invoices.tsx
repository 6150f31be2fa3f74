import { Button, Text } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { type Format, type Money, sum, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Pager, usePages } from '../../../ui/Pager';
import { Table } from '../../../ui/Table';
import { InvoiceFilters, useInvoiceFilters } from './InvoiceFilters';
import { InvoiceStateBadge } from './InvoiceStateBadge';
import { StaffInvoicesDocument, type StaffInvoicesQuery } from './invoices.generated';

type Invoice = StaffInvoicesQuery['invoices']['nodes'][number];

/** The invoices of all customers. */
export default function Invoices() {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  const { mayAct } = useMe();
  const { filter, order, isFiltered } = useInvoiceFilters();
  const pages = usePages();
  const invoices = useData(StaffInvoicesDocument, { filter, ...order, after: pages.after });
  return (
    <Page
      title={t('title')}
      actions={
        mayAct && (
          <Button component={Link} to="/invoices/new" leftSection={<Plus size={16} aria-hidden />}>
            {t('new')}
          </Button>
        )
      }
    >
      <InvoiceFilters />
      <Loaded of={invoices}>
        {({ invoices: { nodes, pageInfo, totalCount } }) => (
          <>
            <Table
              label={t('title')}
              rows={nodes}
              rowKey={({ id }) => id}
              href={({ id }) => `/invoices/${id}`}
              empty={t(isFiltered ? 'empty.filtered' : 'empty.all')}
              columns={[
                {
                  key: 'number',
                  header: t('column.number'),
                  nowrap: true,
                  cell: (row) => row.number ?? t('unnumbered'),
                },
                { key: 'customer', header: t('column.customer'), cell: (row) => row.customer?.name },
                { key: 'dated', header: t('column.dated'), nowrap: true, cell: (row) => format.date(row.dated) },
                {
                  key: 'dueDate',
                  header: t('column.dueDate'),
                  nowrap: true,
                  cell: (row) => row.dueDate && format.date(row.dueDate),
                },
                { key: 'state', header: t('column.state'), cell: (row) => <InvoiceStateBadge of={row} /> },
                {
                  key: 'total',
                  header: t('column.total'),
                  end: true,
                  narrow: 'amount',
                  cell: (row) => format.money(row.total),
                },
                { key: 'due', header: t('column.due'), end: true, cell: (row) => format.money(row.due) },
              ]}
            />
            {nodes.length > 0 && (
              <Text size="sm" c="dimmed">
                {t('count', { count: totalCount })}
                <OnPage of={nodes.filter(isOwed)} />
              </Text>
            )}
            <Pager pages={pages} info={pageInfo} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Drafts are not owed yet, and voided invoices never were. */
const isOwed = ({ status }: Invoice) => status !== 'DRAFT' && status !== 'VOIDED';

/** What the invoices of the page come to. */
function OnPage({ of }: { of: readonly Invoice[] }) {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  if (of.length === 0) return null;
  const total = together(
    of.map((one) => one.total),
    format,
  );
  const due = together(
    of.map((one) => one.due),
    format,
  );
  return ` · ${t('onPage', { total, due })}`;
}

/** Amounts added up, currency by currency. */
function together(amounts: readonly Money[], format: Format): string {
  return [...new Set(amounts.map(({ currency }) => currency))]
    .map((currency) => amounts.filter((one) => one.currency === currency))
    .map((of) => ({ currency: of[0]?.currency ?? '', amount: sum(of.map(({ amount }) => amount)) }))
    .map(format.money)
    .join(' + ');
}
