import { Button } from '@mantine/core';
import { Ban, Pencil, Printer, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { isZero, useFormat } from '../../../ui/format';
import { MoreMenu } from '../../../ui/MoreMenu';
import { onDemand } from '../../../ui/onDemand';
import { StaffAllocateCreditNoteDocument } from '../settling/settling.generated';
import { type StaffCreditNotePartsFragment, StaffVoidCreditNoteDocument } from './creditNotes.generated';

const AllocateInvoice = onDemand(() => import('../settling/AllocateInvoice').then((module) => module.AllocateInvoice));
const DiscardDialog = onDemand(() => import('./DraftDialogs').then((module) => module.DiscardDialog));
const IssueDialog = onDemand(() => import('./DraftDialogs').then((module) => module.IssueDialog));
const ReasonDialog = onDemand(() => import('../../../ui/ReasonDialog').then((module) => module.ReasonDialog));
const RefundDialog = onDemand(() => import('./RefundDialog').then((module) => module.RefundDialog));

type Dialog = 'issue' | 'discard' | 'allocate' | 'refund' | 'void';

/** What can be done with a credit note as it stands now. */
export function CreditNoteActions({ note }: { note: StaffCreditNotePartsFragment }) {
  const { t } = useTranslation('creditNotes');
  const { t: common } = useTranslation();
  const format = useFormat();
  const { mayAct } = useMe();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const allocate = useAction(StaffAllocateCreditNoteDocument, (result) => result.allocateCreditNote);
  const voiding = useAction(StaffVoidCreditNoteDocument, (result) => result.voidCreditNote);
  const { id: creditNoteId, version, status, unapplied } = note;
  const isUnused = isZero(note.applied.amount) && isZero(note.refunded.amount);
  const print = (
    <Button variant="default" leftSection={<Printer size={16} aria-hidden />} onClick={() => window.print()}>
      {common('action.print')}
    </Button>
  );
  if (!mayAct) return print;
  return (
    <>
      {status === 'DRAFT' && (
        <>
          <Button onClick={() => setDialog('issue')}>{t('action.issue')}</Button>
          <Button
            component={Link}
            to={`/credit-notes/${creditNoteId}/edit`}
            variant="default"
            leftSection={<Pencil size={16} aria-hidden />}
          >
            {common('action.edit')}
          </Button>
        </>
      )}
      {status === 'OPEN' && <Button onClick={() => setDialog('allocate')}>{t('action.allocate')}</Button>}
      {status === 'OPEN' && (
        <Button variant="default" leftSection={<Undo2 size={16} aria-hidden />} onClick={() => setDialog('refund')}>
          {t('action.refund')}
        </Button>
      )}
      {print}
      <MoreMenu
        entries={[
          status === 'DRAFT' && {
            label: t('action.discard'),
            icon: <Trash2 size={16} aria-hidden />,
            onClick: () => setDialog('discard'),
            danger: true,
          },
          status === 'OPEN' &&
            isUnused && {
              label: t('action.void'),
              icon: <Ban size={16} aria-hidden />,
              onClick: () => setDialog('void'),
              danger: true,
            },
        ]}
      />
      <IssueDialog note={note} opened={dialog === 'issue'} onClose={close} />
      <DiscardDialog note={note} opened={dialog === 'discard'} onClose={close} />
      <AllocateInvoice
        name={`allocate ${creditNoteId}`}
        title={t('allocate.title')}
        text={t('allocate.text', { amount: format.money(unapplied) })}
        customer={note.customer}
        first={note.invoice?.id ?? null}
        most={unapplied}
        opened={dialog === 'allocate'}
        onClose={close}
        action={allocate}
        send={(invoiceId, amount) => allocate.run({ input: { creditNoteId, invoiceId, amount } })}
        done={t('allocate.done')}
      />
      <RefundDialog note={note} opened={dialog === 'refund'} onClose={close} />
      <ReasonDialog
        name={`void ${creditNoteId}`}
        title={t('void.title')}
        text={t('void.text')}
        submit={t('void.submit')}
        done={t('void.done')}
        danger
        opened={dialog === 'void'}
        onClose={close}
        version={version}
        action={voiding}
        send={(reason, expectedVersion) => voiding.run({ input: { creditNoteId, expectedVersion, reason } })}
      />
    </>
  );
}
