import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import { StaffArchivePlanDocument, type StaffPlanPartsFragment } from './plans.generated';

/** Asks before a plan is offered no more. */
export function ArchiveDialog(props: { plan: StaffPlanPartsFragment; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('plans');
  const { plan } = props;
  const action = useAction(StaffArchivePlanDocument, (result) => result.archivePlan);
  const submit = async () => {
    const outcome = await action.run({ input: { planId: plan.id, expectedVersion: plan.version } });
    if (outcome?.kind !== 'done') return;
    props.onClose();
    notifications.show({ message: t('archive.done', { name: plan.name }) });
  };
  return (
    <ActionDialog
      title={t('archive.title', { name: plan.name })}
      opened={props.opened}
      onClose={() => {
        action.clear();
        props.onClose();
      }}
      action={action}
      onSubmit={() => void submit()}
      submit={t('archive.submit')}
      danger
    >
      <Text size="sm">{t('archive.text')}</Text>
    </ActionDialog>
  );
}
