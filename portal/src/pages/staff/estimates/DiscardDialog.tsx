import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import type { DialogProps } from './EstimateDialogs';
import { StaffDiscardEstimateDocument } from './staffEstimates.generated';

/** Throws a draft away that was never offered. */
export function DiscardDialog({ estimate, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const discard = useAction(StaffDiscardEstimateDocument, (result) => result.discardEstimate);
  const seen = useSeenVersion(estimate.version, opened);
  const close = () => {
    discard.clear();
    onClose();
  };
  const submit = async () => {
    const outcome = await discard.run({ input: { estimateId: estimate.id, expectedVersion: seen.expected() } });
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
