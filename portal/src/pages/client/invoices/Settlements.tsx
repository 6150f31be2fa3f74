import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { State } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import type { ShownInvoice } from './Invoice';

/** What settled the invoice, or is under way to, and the credit notes that correct it. */
export function Settlements({ invoice }: { invoice: ShownInvoice }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const { allocations, creditNotes } = invoice;
  return (
    <>
      {allocations.length > 0 && (
        <Section title={t('settlements.title')}>
          <Table
            label={t('settlements.title')}
            rows={allocations}
            rowKey={(row) => `${row.payment?.id ?? row.creditNote?.id} ${row.dated} ${row.amount.amount}`}
            empty=""
            columns={[
              { key: 'what', header: t('settlements.what'), cell: (row) => <Settler of={row} /> },
              { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
              {
                key: 'state',
                header: t('column.state'),
                cell: (row) => <State tone={row.applied ? 'good' : 'info'}>{t(stateOf(row))}</State>,
              },
              {
                key: 'amount',
                header: t('settlements.amount'),
                end: true,
                narrow: 'amount',
                cell: (row) => format.money(row.amount),
              },
            ]}
          />
        </Section>
      )}
      {creditNotes.length > 0 && (
        <Section title={t('creditNotes.title')}>
          <Table
            label={t('creditNotes.title')}
            rows={creditNotes}
            rowKey={({ id }) => id}
            href={({ id }) => `/credit-notes/${id}`}
            empty=""
            columns={[
              { key: 'number', header: t('column.number'), cell: (row) => row.number },
              { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
              {
                key: 'total',
                header: t('column.total'),
                end: true,
                narrow: 'amount',
                cell: (row) => format.money(row.total),
              },
            ]}
          />
        </Section>
      )}
    </>
  );
}

function stateOf({ applied, payment }: ShownInvoice['allocations'][number]) {
  if (!applied) return 'settlements.underWay';
  return payment ? 'settlements.received' : 'settlements.applied';
}

function Settler({ of }: { of: ShownInvoice['allocations'][number] }) {
  const { t } = useTranslation('invoices');
  if (of.payment) {
    return (
      <Anchor component={Link} to={`/payments/${of.payment.id}`} size="sm">
        {of.payment.number ?? t('settlements.payment')}
      </Anchor>
    );
  }
  return of.creditNote ? (
    <Anchor component={Link} to={`/credit-notes/${of.creditNote.id}`} size="sm">
      {of.creditNote.number}
    </Anchor>
  ) : null;
}
