import { Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { type Column, Table } from '../../../ui/Table';
import {
  type SubscriptionInvoiceFragment,
  SubscriptionPeriodsDocument,
  type SubscriptionPeriodsQuery,
} from './subscriptions.generated';

type Billed = NonNullable<SubscriptionPeriodsQuery['subscription']>['periods'][number];

/** What was billed, the newest first: the periods, each with its invoice, and the invoices beside them. */
export function Periods({ of }: { of: string }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const billed = useData(SubscriptionPeriodsDocument, { id: of });
  const columns = useInvoiceColumns();
  const period: Column<Billed> = {
    key: 'period',
    header: t('periods.period'),
    cell: (row) => t('fromTo', { from: format.date(row.start), to: format.date(row.end) }),
  };
  if (!billed.data) {
    return (
      <Section title={t('periods.title')}>
        <Loaded of={billed}>{() => null}</Loaded>
      </Section>
    );
  }
  const periods = [...(billed.data.subscription?.periods ?? [])].reverse();
  const ofPeriods = new Set(periods.map(({ invoice }) => invoice?.id));
  const others = billed.data.invoices.nodes.filter(({ id }) => !ofPeriods.has(id));
  return (
    <>
      <Section title={t('periods.title')}>
        <Table
          label={t('periods.title')}
          rows={periods}
          rowKey={({ number }) => `${number}`}
          empty={t('periods.empty')}
          columns={[period, ...columns]}
        />
      </Section>
      {others.length > 0 && <Others of={others} />}
    </>
  );
}

/** The invoices of changes within a period, and others that belong to none. */
function Others({ of }: { of: readonly SubscriptionInvoiceFragment[] }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const columns = useInvoiceColumns();
  return (
    <Section title={t('others.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('others.text')}
      </Text>
      <Table
        label={t('others.title')}
        rows={of.map((invoice) => ({ invoice }))}
        rowKey={({ invoice }) => invoice.id}
        empty=""
        columns={[
          { key: 'date', header: t('others.date'), cell: ({ invoice }) => format.date(invoice.dated) },
          ...columns,
        ]}
      />
    </Section>
  );
}

/** The columns about an invoice, as far as there is one. */
function useInvoiceColumns(): Column<{ readonly invoice: SubscriptionInvoiceFragment | null }>[] {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  return [
    {
      key: 'invoice',
      header: t('periods.invoice'),
      cell: ({ invoice }) =>
        invoice ? (
          <Anchor component={Link} to={`/invoices/${invoice.id}`} inherit>
            {invoice.number ?? t('periods.draft')}
          </Anchor>
        ) : (
          t('periods.noInvoice')
        ),
    },
    {
      key: 'due',
      header: t('periods.due'),
      cell: ({ invoice }) =>
        invoice && (isZero(invoice.due.amount) ? t('periods.nothingDue') : format.money(invoice.due)),
    },
    {
      key: 'total',
      header: t('periods.total'),
      end: true,
      narrow: 'amount',
      cell: ({ invoice }) => invoice && format.money(invoice.total),
    },
  ];
}
