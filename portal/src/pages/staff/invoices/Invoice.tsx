import { Alert, Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { type Balance, DocumentSheet } from '../../../ui/DocumentSheet';
import { Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Bars, Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { Table } from '../../../ui/Table';
import { NoteState } from '../settling/NoteState';
import { partyOf } from '../settling/partyOf';
import { Disputes } from './Disputes';
import { InvoiceActions } from './InvoiceActions';
import { InvoiceFacts } from './InvoiceFacts';
import { InvoiceStateBadge } from './InvoiceStateBadge';
import { StaffInvoiceDocument, type StaffInvoicePartsFragment } from './invoices.generated';
import { Settlements } from './Settlements';

/** One invoice: what it says, what has come of it, and all that staff may do with it. */
export default function Invoice() {
  const { t } = useTranslation('staffInvoices');
  const { id = '' } = useParams();
  const data = useData(StaffInvoiceDocument, { id });
  if (data.data && !data.data.invoice) return <NotFound />;
  return (
    <Loaded
      of={data}
      skeleton={
        <Page title={t('sheet')} back={{ to: '/invoices', label: t('title') }}>
          {<Bars />}
        </Page>
      }
    >
      {({ invoice }) => invoice && <Shown invoice={invoice} />}
    </Loaded>
  );
}

function Shown({ invoice }: { invoice: StaffInvoicePartsFragment }) {
  const { t } = useTranslation('staffInvoices');
  const format = useFormat();
  const { status, customer, document } = invoice;
  const isIssued = status !== 'DRAFT';
  const stamp =
    status === 'DRAFT' || status === 'DISCARDED' || status === 'VOIDED' || status === 'WRITTEN_OFF'
      ? t(`stamp.${status}`)
      : null;
  const balances: Balance[] = [
    { label: t('fact.settled'), amount: invoice.settled },
    ...(isZero(invoice.reserved.amount) ? [] : [{ label: t('fact.reserved'), amount: invoice.reserved }]),
    { label: t('fact.due'), amount: invoice.due, strong: true },
  ];
  return (
    <Page
      title={invoice.number ?? t('draftOf', { customer: customer?.name ?? '' })}
      aside={<InvoiceStateBadge of={invoice} />}
      subtitle={
        customer && (
          <Anchor component={Link} to={`/customers/${customer.id}`} size="sm">
            {customer.name}
          </Anchor>
        )
      }
      back={{ to: '/invoices', label: t('title') }}
      actions={<InvoiceActions invoice={invoice} />}
    >
      {invoice.closedReason && (status === 'VOIDED' || status === 'WRITTEN_OFF') && (
        <Alert color="gray" variant="light" title={t(`closed.${status}`)}>
          <Text size="sm">{invoice.closedReason}</Text>
        </Alert>
      )}
      <InvoiceFacts of={invoice} />
      {invoice.disputes.length > 0 && <Disputes invoice={invoice} />}
      {document && (
        <DocumentSheet
          title={t(invoice.isDeposit ? 'sheetDeposit' : 'sheet')}
          number={invoice.number}
          document={document}
          seller={invoice.seller}
          buyer={invoice.buyer ?? partyOf(customer)}
          facts={[
            [t('fact.dated'), format.date(invoice.dated)],
            [t('fact.dueDate'), invoice.dueDate && format.date(invoice.dueDate)],
          ]}
          balances={isIssued ? balances : []}
          withBank={isIssued}
          stamp={stamp}
        />
      )}
      {isIssued && <Settlements invoice={invoice} />}
      {invoice.creditNotes.length > 0 && (
        <Section title={t('notes.title')}>
          <Table
            label={t('notes.title')}
            rows={invoice.creditNotes}
            rowKey={({ id }) => id}
            href={({ id }) => `/credit-notes/${id}`}
            empty=""
            columns={[
              { key: 'number', header: t('column.number'), cell: (row) => row.number ?? t('notes.draft') },
              { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
              { key: 'state', header: t('column.state'), cell: (row) => <NoteState of={row.status} /> },
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
      <History of={invoice.id} />
    </Page>
  );
}
