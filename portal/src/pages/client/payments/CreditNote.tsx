import { Anchor, Button, Text } from '@mantine/core';
import { Info, Printer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { DocumentSheet } from '../../../ui/DocumentSheet';
import { Section } from '../../../ui/Facts';
import { isZero, useFormat } from '../../../ui/format';
import { History } from '../../../ui/History';
import { Loaded } from '../../../ui/Loaded';
import { Notice } from '../../../ui/Notice';
import { Page } from '../../../ui/Page';
import { Table } from '../../../ui/Table';
import { CreditNoteStateBadge } from './CreditNoteStateBadge';
import { CreditNoteDocument, type CreditNoteQuery } from './payments.generated';

const back = '/payments?tab=credit';

/** One credit note: as it was issued, what it corrects, what it settled and what of it is left. */
export default function CreditNote() {
  const { t } = useTranslation('payments');
  const { id = '' } = useParams();
  const note = useData(CreditNoteDocument, { id });
  if (note.data && !note.data.creditNote) return <NotFound />;
  const found = note.data?.creditNote;
  if (found) return <Shown note={found} />;
  return (
    <Page title={t('creditNote.one')} back={{ to: back, label: t('tab.credit') }}>
      <Loaded of={note}>{() => null}</Loaded>
    </Page>
  );
}

type ShownNote = NonNullable<CreditNoteQuery['creditNote']>;

function Shown({ note }: { note: ShownNote }) {
  const { t } = useTranslation(['payments', 'common']);
  const format = useFormat();
  return (
    <Page
      title={note.number ?? t('payments:creditNote.one')}
      aside={<CreditNoteStateBadge status={note.status} />}
      back={{ to: back, label: t('payments:tab.credit') }}
      subtitle={
        note.invoice && (
          <>
            {t('payments:creditNote.corrects')}{' '}
            <Anchor component={Link} to={`/invoices/${note.invoice.id}`} inherit underline="always">
              {note.invoice.number}
            </Anchor>
          </>
        )
      }
      actions={
        <Button variant="default" leftSection={<Printer size={16} aria-hidden />} onClick={() => window.print()}>
          {t('common:action.print')}
        </Button>
      }
    >
      {note.voidedReason && (
        <Notice tone="neutral" icon={Info} title={t('payments:creditNote.voided')}>
          {note.voidedReason}
        </Notice>
      )}
      {note.document && (
        <DocumentSheet
          title={t('payments:creditNote.one')}
          number={note.number}
          document={note.document}
          seller={note.seller}
          buyer={note.buyer}
          facts={[
            [t('payments:column.dated'), format.date(note.dated)],
            [t('payments:creditNote.for'), note.invoice?.number],
          ]}
          balances={[
            { label: t('payments:creditNote.applied'), amount: note.applied },
            ...(isZero(note.refunded.amount) ? [] : [{ label: t('payments:receipt.refunded'), amount: note.refunded }]),
            { label: t('payments:credit.left'), amount: note.unapplied, strong: true },
          ]}
          stamp={note.status === 'VOIDED' ? t('payments:creditNote.state.VOIDED') : null}
        />
      )}
      <Settled note={note} />
      <History of={note.id} />
    </Page>
  );
}

function Settled({ note }: { note: ShownNote }) {
  const { t } = useTranslation('payments');
  const format = useFormat();
  return (
    <Section title={t('creditNote.settled')}>
      <Table
        label={t('creditNote.settled')}
        rows={note.allocations}
        rowKey={(row) => `${row.invoice?.id} ${row.dated}`}
        href={({ invoice }) => invoice && `/invoices/${invoice.id}`}
        empty={<Text size="sm">{t('creditNote.nothingSettled')}</Text>}
        columns={[
          { key: 'number', header: t('receipt.invoice'), cell: ({ invoice }) => invoice?.number },
          { key: 'dated', header: t('column.dated'), cell: (row) => format.date(row.dated) },
          {
            key: 'amount',
            header: t('column.amount'),
            end: true,
            narrow: 'amount',
            cell: (row) => format.money(row.amount),
          },
        ]}
      />
    </Section>
  );
}
