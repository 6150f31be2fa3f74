import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { LedgerKind } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Pager, usePages } from '../../../ui/Pager';
import { Table } from '../../../ui/Table';
import { StaffExplainBalanceDocument, type StaffExplainBalanceQuery } from './customers.generated';

/** Why the balance is what it is: every event that moved it, in the order they happened, with the sum after each. */
export function ExplainBalance({ id }: { id: string }) {
  const { t } = useTranslation('customers');
  const pages = usePages(id);
  const explained = useData(StaffExplainBalanceDocument, { id, after: pages.after });
  return (
    <Loaded of={explained}>
      {({ explainBalance }) => {
        const balances = explainBalance?.balances ?? [];
        // Pages of several currencies go together, as far as the longest goes.
        const longest = balances.find(({ events }) => events.pageInfo.hasNextPage) ?? balances[0];
        return (
          <Stack gap="md">
            <Title order={3}>{t('explain.title')}</Title>
            {balances.length === 0 && <Text size="sm">{t('explain.none')}</Text>}
            {balances.map((one) => (
              <Explained key={one.balance.currency} of={one} />
            ))}
            {longest && <Pager pages={pages} info={longest.events.pageInfo} />}
          </Stack>
        );
      }}
    </Loaded>
  );
}

type Balance = NonNullable<StaffExplainBalanceQuery['explainBalance']>['balances'][number];

/** Where a movement's document is looked at. */
const folders = {
  INVOICE_ISSUED: 'invoices',
  INVOICE_VOIDED: 'invoices',
  INVOICE_WRITTEN_OFF: 'invoices',
  WRITE_OFF_REVERSED: 'invoices',
  PAYMENT_RECEIVED: 'payments',
  PAYMENT_REFUNDED: 'payments',
  REFUND_RETURNED: 'payments',
  PAYMENT_APPLIED: 'payments',
  PAYMENT_UNAPPLIED: 'payments',
  CREDIT_NOTE_ISSUED: 'credit-notes',
  CREDIT_NOTE_VOIDED: 'credit-notes',
  CREDIT_NOTE_REFUNDED: 'credit-notes',
  CREDIT_APPLIED: 'credit-notes',
  CREDIT_UNAPPLIED: 'credit-notes',
} as const satisfies Record<LedgerKind, string>;

function Explained({ of }: { of: Balance }) {
  const { t } = useTranslation('customers');
  const format = useFormat();
  return (
    <Stack gap="xs">
      <Text size="sm">
        {t('explain.sum', {
          outstanding: format.money(of.outstanding),
          credit: format.money(of.credit),
          balance: format.money(of.balance),
        })}
      </Text>
      <Table
        label={t('explain.of', { currency: of.balance.currency })}
        rows={of.events.nodes}
        rowKey={({ id }) => id}
        href={({ kind, documentId }) => `/${folders[kind]}/${documentId}`}
        empty={t('explain.none')}
        columns={[
          {
            key: 'what',
            header: t('explain.what'),
            cell: (row) =>
              t(`explain.kind.${row.kind}`, { number: row.number ?? '', invoice: row.invoiceNumber ?? '' }),
          },
          { key: 'date', header: t('explain.date'), cell: (row) => format.date(row.happenedOn) },
          { key: 'by', header: t('explain.by'), cell: (row) => row.actor },
          { key: 'amount', header: t('explain.amount'), end: true, cell: (row) => format.money(row.amount) },
          {
            key: 'balance',
            header: t('explain.balance'),
            end: true,
            narrow: 'amount',
            cell: (row) => format.money(row.balance),
          },
        ]}
      />
    </Stack>
  );
}
