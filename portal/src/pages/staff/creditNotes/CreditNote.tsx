import { Alert, Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { type Balance, DocumentSheet } from '../../../ui/DocumentSheet';
import { Facts, Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Bars, Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { type Column, Table } from '../../../ui/Table';
import { NoteState } from '../settling/NoteState';
import { partyOf } from '../settling/partyOf';
import { TakeBack } from '../settling/TakeBack';
import { CreditNoteActions } from './CreditNoteActions';
import { StaffCreditNoteDocument, type StaffCreditNotePartsFragment } from './creditNotes.generated';

/** One credit note: what it says, what it pays, and all that staff may do with it. */
export default function CreditNote() {
  const { t } = useTranslation('creditNotes');
  const { id = '' } = useParams();
  const data = useData(StaffCreditNoteDocument, { id });
  if (data.data && !data.data.creditNote) return <NotFound />;
  return (
    <Loaded of={data} skeleton={<Page title={t('sheet')}>{<Bars />}</Page>}>
      {({ creditNote }) => creditNote && <Shown note={creditNote} />}
    </Loaded>
  );
}

function Shown({ note }: { note: StaffCreditNotePartsFragment }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const { status, customer, document, invoice } = note;
  const isIssued = status === 'OPEN' || status === 'CLOSED';
  const stamp = status === 'DRAFT' || status === 'DISCARDED' || status === 'VOIDED' ? t(`stamp.${status}`) : null;
  const balances: Balance[] = [
    ...(isZero(note.applied.amount) ? [] : [{ label: t('fact.applied'), amount: note.applied }]),
    ...(isZero(note.refunded.amount) ? [] : [{ label: t('fact.refunded'), amount: note.refunded }]),
    { label: t('fact.unapplied'), amount: note.unapplied, strong: true },
  ];
  return (
    <Page
      title={note.number ?? t('draftOf', { customer: customer?.name ?? '' })}
      aside={<NoteState of={status} />}
      subtitle={
        customer && (
          <Anchor component={Link} to={`/customers/${customer.id}`} size="sm">
            {customer.name}
          </Anchor>
        )
      }
      back={{ to: '/credit-notes', label: t('title') }}
      actions={<CreditNoteActions note={note} />}
    >
      {note.voidedReason && (
        <Alert color="gray" variant="light" title={t('voided')}>
          <Text size="sm">{note.voidedReason}</Text>
        </Alert>
      )}
      <Section title={t('fact.title')}>
        <Facts
          of={[
            [t('fact.dated'), format.date(note.dated)],
            [t('fact.total'), format.money(note.total)],
            [t('fact.applied'), isIssued && format.money(note.applied)],
            [t('fact.refunded'), !isZero(note.refunded.amount) && format.money(note.refunded)],
            [t('fact.unapplied'), isIssued && format.money(note.unapplied)],
            [
              t('fact.invoice'),
              invoice && (
                <Anchor component={Link} to={`/invoices/${invoice.id}`} size="sm">
                  {invoice.number}
                </Anchor>
              ),
            ],
          ]}
        />
      </Section>
      {document && (
        <DocumentSheet
          title={t('sheet')}
          number={note.number}
          document={document}
          seller={note.seller}
          buyer={note.buyer ?? partyOf(customer)}
          facts={[
            [t('fact.dated'), format.date(note.dated)],
            [t('fact.invoice'), invoice?.number],
          ]}
          balances={isIssued ? balances : []}
          stamp={stamp}
        />
      )}
      {isIssued && <Settled note={note} />}
      <History of={note.id} />
    </Page>
  );
}

type Allocation = StaffCreditNotePartsFragment['allocations'][number];

function Settled({ note }: { note: StaffCreditNotePartsFragment }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const { mayAct } = useMe();
  const columns: Column<Allocation>[] = [
    { key: 'invoice', header: t('column.invoice'), nowrap: true, cell: ({ invoice }) => invoice?.number },
    { key: 'dated', header: t('column.dated'), nowrap: true, cell: ({ dated }) => format.date(dated) },
    {
      key: 'amount',
      header: t('column.amount'),
      end: true,
      narrow: 'amount',
      cell: ({ amount }) => format.money(amount),
    },
  ];
  const takeBack: Column<Allocation> = {
    key: 'action',
    header: t('column.action'),
    end: true,
    cell: ({ invoice, amount }) =>
      invoice && <TakeBack of={{ creditNote: note, invoice, amount: format.money(amount) }} />,
  };
  return (
    <Section title={t('settled.title')}>
      {note.allocations.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('settled.empty')}
        </Text>
      ) : (
        <Table
          label={t('settled.title')}
          rows={note.allocations}
          rowKey={({ invoice, dated }) => invoice?.id ?? dated}
          href={({ invoice }) => (invoice ? `/invoices/${invoice.id}` : null)}
          empty=""
          columns={mayAct ? [...columns, takeBack] : columns}
        />
      )}
    </Section>
  );
}
