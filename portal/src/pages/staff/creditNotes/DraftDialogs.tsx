import { NativeSelect, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useFormat } from '../../../ui/format';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import { useOpenInvoices } from '../settling/useOpenInvoices';
import {
  type StaffCreditNotePartsFragment,
  StaffDiscardCreditNoteDocument,
  StaffIssueAndApplyCreditNoteDocument,
  StaffIssueCreditNoteDocument,
} from './creditNotes.generated';

interface DialogProps {
  note: StaffCreditNotePartsFragment;
  opened: boolean;
  onClose: () => void;
}

/** Issues a draft and, where an invoice is chosen, applies it there. */
export function IssueDialog({ note, opened, onClose }: DialogProps) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const issue = useAction(StaffIssueCreditNoteDocument, (result) => result.issueCreditNote);
  const apply = useAction(StaffIssueAndApplyCreditNoteDocument, (result) => result.issueAndApplyCreditNote);
  const seen = useSeenVersion(note.version, opened);
  const [invoiceId, choose] = useState('');
  const open = useOpenInvoices(opened ? (note.customer?.id ?? null) : null, note.total.currency);
  const action = invoiceId ? apply : issue;
  const close = () => {
    issue.clear();
    apply.clear();
    onClose();
  };
  const done = (number: string | null | undefined) => {
    close();
    notifications.show({ message: t('issue.done', { number: number ?? '' }) });
  };
  const issueOnly = async () => {
    const outcome = await issue.run({ input: { creditNoteId: note.id, expectedVersion: seen.expected() } });
    seen.learn(outcome);
    if (outcome?.kind === 'done') done(outcome.payload.creditNote?.number);
  };
  const issueAndApply = async () => {
    const input = { creditNoteId: note.id, expectedVersion: seen.expected(), invoiceId };
    const outcome = await apply.run({ input });
    seen.learn(outcome);
    if (outcome?.kind !== 'done') return;
    done(outcome.payload.creditNote?.number);
    for (const notice of outcome.payload.notices) {
      const message = t('issue.notice', { amount: format.money(notice.amount) });
      notifications.show({ color: 'yellow', autoClose: false, message });
    }
  };
  return (
    <ActionDialog
      title={t('issue.title')}
      opened={opened}
      onClose={close}
      action={action}
      onSubmit={() => void (invoiceId ? issueAndApply() : issueOnly())}
      submit={t(invoiceId ? 'issue.submitAndApply' : 'issue.submit')}
    >
      <Text size="sm">{t('issue.text', { customer: note.customer?.name ?? '', total: format.money(note.total) })}</Text>
      {open.invoices.length > 0 && (
        <NativeSelect
          label={t('issue.applyTo')}
          value={invoiceId}
          onChange={({ currentTarget: { value } }) => choose(value)}
          data={[
            { value: '', label: t('issue.noInvoice') },
            ...open.invoices.map(({ id, number, due }) => ({
              value: id,
              label: t('issue.invoice', { number, due: format.money(due) }),
            })),
          ]}
        />
      )}
      <ConflictHint of={action} />
    </ActionDialog>
  );
}

/** Throws a draft away. */
export function DiscardDialog({ note, opened, onClose }: DialogProps) {
  const { t } = useTranslation('creditNotes');
  const discard = useAction(StaffDiscardCreditNoteDocument, (result) => result.discardCreditNote);
  const seen = useSeenVersion(note.version, opened);
  const close = () => {
    discard.clear();
    onClose();
  };
  const submit = async () => {
    const outcome = await discard.run({ input: { creditNoteId: note.id, expectedVersion: seen.expected() } });
    seen.learn(outcome);
    if (outcome?.kind !== 'done') return;
    close();
    notifications.show({ message: t('discard.done') });
  };
  return (
    <ActionDialog
      title={t('discard.title')}
      opened={opened}
      onClose={close}
      action={discard}
      onSubmit={() => void submit()}
      submit={t('discard.submit')}
      danger
    >
      <Text size="sm">{t('discard.text')}</Text>
      <ConflictHint of={discard} />
    </ActionDialog>
  );
}
