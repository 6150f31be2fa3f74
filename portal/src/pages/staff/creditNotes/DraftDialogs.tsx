import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useFormat } from '../../../ui/format';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import {
  type StaffCreditNotePartsFragment,
  StaffDiscardCreditNoteDocument,
  StaffIssueCreditNoteDocument,
} from './creditNotes.generated';

interface DialogProps {
  note: StaffCreditNotePartsFragment;
  opened: boolean;
  onClose: () => void;
}

/** Issues a draft. */
export function IssueDialog({ note, opened, onClose }: DialogProps) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const issue = useAction(StaffIssueCreditNoteDocument, (result) => result.issueCreditNote);
  const seen = useSeenVersion(note.version, opened);
  const close = () => {
    issue.clear();
    onClose();
  };
  const submit = async () => {
    const outcome = await issue.run({ input: { creditNoteId: note.id, expectedVersion: seen.expected() } });
    seen.learn(outcome);
    if (outcome?.kind !== 'done') return;
    close();
    notifications.show({ message: t('issue.done', { number: outcome.payload.creditNote?.number ?? '' }) });
  };
  return (
    <ActionDialog
      title={t('issue.title')}
      opened={opened}
      onClose={close}
      action={issue}
      onSubmit={() => void submit()}
      submit={t('issue.submit')}
    >
      <Text size="sm">{t('issue.text', { customer: note.customer?.name ?? '', total: format.money(note.total) })}</Text>
      <ConflictHint of={issue} />
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
