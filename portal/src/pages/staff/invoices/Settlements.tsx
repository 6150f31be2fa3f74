import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../../app/viewer';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { type Column, Table } from '../../../ui/Table';
import { TakeBack } from '../settling/TakeBack';
import { useMethodName } from '../settling/useMethodName';
import type { StaffInvoicePartsFragment } from './invoices.generated';

type Allocation = StaffInvoicePartsFragment['allocations'][number];

/** The payments and credit notes that settle an invoice; each can be taken back. */
export function Settlements({ invoice }: { invoice: StaffInvoicePartsFragment }) {
  const { t } = useTranslation(['staffInvoices', 'settling']);
  const format = useFormat();
  const methodName = useMethodName();
  const { mayAct } = useMe();
  const { allocations } = invoice;
  const nameOf = ({ payment, creditNote, applied }: Allocation) =>
    creditNote
      ? t('settlements.creditNote', { number: creditNote.number })
      : applied || payment?.number
        ? t('settlements.payment', { number: payment?.number })
        : t('settlements.paymentUnderWay');
  const columns: Column<Allocation>[] = [
    { key: 'source', header: t('column.source'), cell: nameOf },
    {
      key: 'how',
      header: t('settlements.how'),
      cell: ({ payment, applied }) =>
        [payment && methodName(payment.method), !applied && t('settling:underWay')].filter(Boolean).join(', '),
    },
    { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
    {
      key: 'amount',
      header: t('column.amount'),
      end: true,
      narrow: 'amount',
      cell: (row) => format.money(row.amount),
    },
  ];
  const takeBack: Column<Allocation> = {
    key: 'action',
    header: t('column.action'),
    end: true,
    cell: ({ payment, creditNote, applied, amount }) =>
      applied && <TakeBack of={{ payment, creditNote, invoice, amount: format.money(amount) }} />,
  };
  return (
    <Section title={t('settlements.title')}>
      {allocations.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('settlements.empty')}
        </Text>
      ) : (
        <Table
          label={t('settlements.title')}
          rows={allocations}
          rowKey={({ payment, creditNote }) => payment?.id ?? creditNote?.id ?? ''}
          href={({ payment, creditNote }) => (payment ? `/payments/${payment.id}` : `/credit-notes/${creditNote?.id}`)}
          empty=""
          columns={mayAct && invoice.status !== 'VOIDED' ? [...columns, takeBack] : columns}
        />
      )}
    </Section>
  );
}
