import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../../api/useAction';
import { ActionDialog } from '../../../ui/ActionDialog';
import {
  CancelSubscriptionChangeDocument,
  PauseSubscriptionDocument,
  ReactivateSubscriptionDocument,
  ResumeSubscriptionDocument,
  type SubscriptionDetailFragment,
} from './subscriptions.generated';

const mutations = {
  pause: PauseSubscriptionDocument,
  resume: ResumeSubscriptionDocument,
  reactivate: ReactivateSubscriptionDocument,
  dropChange: CancelSubscriptionChangeDocument,
} as const;

/** What needs no more than a yes. */
export type Confirmed = keyof typeof mutations;

/** Asks before a subscription is paused, resumed, reactivated, or goes on unchanged, and says what follows. */
export function ConfirmDialog(props: {
  what: Confirmed;
  of: SubscriptionDetailFragment;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('subscriptions');
  const { what, of } = props;
  const action = useAction(mutations[what], (result) => result.done);
  const submit = async () => {
    const outcome = await action.run({ input: { subscriptionId: of.id, expectedVersion: of.version } });
    if (outcome?.kind !== 'done') return;
    props.onClose();
    notifications.show({ message: t(`done.${what}`) });
  };
  return (
    <ActionDialog
      title={t(`act.${what}`)}
      opened={props.opened}
      onClose={() => {
        action.clear();
        props.onClose();
      }}
      action={action}
      onSubmit={() => void submit()}
      submit={t(`act.${what}`)}
      dismiss={t(`keep.${what}`)}
    >
      <Text size="sm">{t(`confirm.${what}`)}</Text>
    </ActionDialog>
  );
}
