import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { type Outcome, useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useFormat } from '../../../ui/format';
import { ConflictHint } from '../../../ui/ReasonDialog';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import {
  type StaffCreditNotePartsFragment,
  StaffDiscardCreditNoteDocument,
  StaffIssueCreditNoteDocument,
} from './creditNotes.generated';

/** What becomes of a draft: it is issued, or thrown away. */
export function DraftDialogs({
  note,
  dialog,
  onClose,
}: {
  note: StaffCreditNotePartsFragment;
  dialog: string | null;
  onClose: () => void;
}) {
  const { t } = useTranslation('creditNotes');
  const format = useFormat();
  const { id: creditNoteId, version, customer, total } = note;
  const issue = useAction(StaffIssueCreditNoteDocument, (result) => result.issueCreditNote);
  const discard = useAction(StaffDiscardCreditNoteDocument, (result) => result.discardCreditNote);
  const seen = useSeenVersion(version, dialog === 'issue' || dialog === 'discard');
  const close = () => {
    issue.clear();
    discard.clear();
    onClose();
  };
  const about = () => ({ input: { creditNoteId, expectedVersion: seen.expected() } });
  const finish = (outcome: Outcome<unknown> | null, said: string) => {
    seen.learn(outcome);
    if (outcome?.kind !== 'done') return;
    close();
    notifications.show({ message: said });
  };
  const issueIt = async () => {
    const outcome = await issue.run(about());
    const number = outcome?.kind === 'done' ? (outcome.payload.creditNote?.number ?? '') : '';
    finish(outcome, t('issue.done', { number }));
  };
  const discardIt = async () => finish(await discard.run(about()), t('discard.done'));
  return (
    <>
      <ActionDialog
        title={t('issue.title')}
        opened={dialog === 'issue'}
        onClose={close}
        action={issue}
        onSubmit={() => void issueIt()}
        submit={t('issue.submit')}
      >
        <Text size="sm">{t('issue.text', { customer: customer?.name ?? '', total: format.money(total) })}</Text>
        <ConflictHint of={issue} />
      </ActionDialog>
      <ActionDialog
        title={t('discard.title')}
        opened={dialog === 'discard'}
        onClose={close}
        action={discard}
        onSubmit={() => void discardIt()}
        submit={t('discard.submit')}
        danger
      >
        <Text size="sm">{t('discard.text')}</Text>
        <ConflictHint of={discard} />
      </ActionDialog>
    </>
  );
}
