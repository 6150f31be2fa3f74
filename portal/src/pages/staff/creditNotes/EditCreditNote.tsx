import { Alert, Anchor, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { NotFound } from '../../../app/NotFound';
import { useMe } from '../../../app/viewer';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { Page } from '../../../ui/Page';
import { blankDocument, documentInputOf, valuesOf } from '../editor/values';
import { DocumentForm } from '../settling/DocumentForm';
import { ForCustomer } from '../settling/ForCustomer';
import { CreditInvoice } from './CreditInvoice';
import {
  StaffCreditNoteDocument,
  type StaffCreditNotePartsFragment,
  StaffDraftCreditNoteDocument,
  StaffReviseCreditNoteDocument,
} from './creditNotes.generated';

/** A credit note being written: over lines of an invoice, freely for a customer, or its draft written anew. */
export default function EditCreditNote() {
  const { id } = useParams();
  const [params] = useSearchParams();
  const { mayAct } = useMe();
  const invoiceId = params.get('invoice');
  if (!mayAct) return <NotFound />;
  if (id) return <Rewrite id={id} />;
  return invoiceId ? <CreditInvoice key={invoiceId} invoiceId={invoiceId} /> : <Free />;
}

function Free() {
  const { t } = useTranslation('creditNotes');
  const draft = useAction(StaffDraftCreditNoteDocument, (result) => result.draftCreditNote);
  return (
    <Page title={t('edit.newTitle')} back={{ to: '/credit-notes', label: t('title') }}>
      <ForCustomer label={t('edit.customer')} hint={t('edit.chooseFirst')}>
        {(customer, rates) => (
          <DocumentForm
            draftKey={`credit note new ${customer.id}`}
            initial={blankDocument(customer.currency, rates)}
            withTerms={false}
            action={draft}
            submit={t('edit.save')}
            send={async (values) => {
              const outcome = await draft.run({
                input: { customerId: customer.id, document: documentInputOf(values) },
              });
              if (outcome?.kind !== 'done') return null;
              notifications.show({ message: t('edit.done') });
              return `/credit-notes/${outcome.payload.creditNote?.id}`;
            }}
          />
        )}
      </ForCustomer>
    </Page>
  );
}

function Rewrite({ id }: { id: string }) {
  const { t } = useTranslation('creditNotes');
  const data = useData(StaffCreditNoteDocument, { id });
  const note = data.data?.creditNote;
  if (note === null) return <NotFound />;
  return (
    <Page
      title={t('edit.title')}
      subtitle={note?.customer?.name}
      back={{ to: `/credit-notes/${id}`, label: t('edit.toNote') }}
    >
      <Loaded of={data}>{() => note && <Draft note={note} />}</Loaded>
    </Page>
  );
}

function Draft({ note }: { note: StaffCreditNotePartsFragment }) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const revise = useAction(StaffReviseCreditNoteDocument, (result) => result.reviseCreditNote);
  const wasTold = useRef(false);
  if (note.status !== 'DRAFT' || !note.document) {
    return (
      <Alert color="gray" variant="light" role="alert">
        <Text size="sm">
          {t('edit.issued')}{' '}
          <Anchor component={Link} to={`/credit-notes/${note.id}`} size="sm" underline="always">
            {t('edit.toNote')}
          </Anchor>
        </Text>
      </Alert>
    );
  }
  return (
    <DocumentForm
      draftKey={`credit note ${note.id}`}
      initial={valuesOf(note.document, note.version, format.language)}
      withTerms={false}
      action={revise}
      at={`/credit-notes/${note.id}`}
      submit={t('edit.save')}
      send={async (values) => {
        const outcome = await revise.run({
          input: {
            creditNoteId: note.id,
            // Who was told that somebody was faster, and saves again, means it.
            expectedVersion: wasTold.current ? note.version : values.basedOn,
            document: documentInputOf(values),
          },
        });
        wasTold.current = outcome?.kind === 'failed' && outcome.failure.kind === 'conflict';
        if (outcome?.kind !== 'done') return null;
        notifications.show({ message: t('edit.done') });
        return `/credit-notes/${note.id}`;
      }}
    />
  );
}
