import { Checkbox, Radio, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import type { ChangeTime } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { dayBefore } from './abilities';
import { CancelSubscriptionDocument, type SubscriptionDetailFragment } from './subscriptions.generated';

const isField = (place: string) => place === 'reason';

/** Ends a subscription: when, and why. Staff also say whether days that were paid for are credited. */
export function CancelDialog(props: {
  of: SubscriptionDetailFragment;
  times: readonly ChangeTime[];
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const isStaff = useMe().role !== 'CUSTOMER_CONTACT';
  const { of, times } = props;
  const { form, forget } = useDraft(`cancel-subscription:${of.id}`, {
    initialValues: { when: times[0] ?? 'NOW', reason: '', creditUnused: isStaff },
  });
  const when = times.find((time) => time === form.values.when) ?? times[0] ?? 'NOW';
  const action = useAction(CancelSubscriptionDocument, (result) => result.cancelSubscription);
  const submit = async () => {
    const outcome = await action.run({
      input: {
        subscriptionId: of.id,
        expectedVersion: of.version,
        when,
        creditUnused: isStaff && when === 'NOW' && form.values.creditUnused,
        reason: form.values.reason.trim() || null,
      },
    });
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    form.reset();
    forget();
    props.onClose();
    notifications.show({ message: t(when === 'NOW' ? 'done.cancelNow' : 'done.cancelLater') });
  };
  const end = of.currentPeriod?.end ?? (of.firstBilledOn ? dayBefore(of.firstBilledOn) : null);
  return (
    <ActionDialog
      title={t('act.cancel')}
      opened={props.opened}
      onClose={() => {
        action.clear();
        props.onClose();
      }}
      action={action}
      onSubmit={() => void submit()}
      submit={t('cancel.submit')}
      dismiss={t('cancel.keep')}
      danger
      isField={isField}
    >
      {times.length > 1 ? (
        <Radio.Group
          label={t('cancel.when')}
          value={when}
          onChange={(value) => form.setFieldValue('when', value === 'NOW' ? 'NOW' : 'PERIOD_END')}
        >
          <Stack gap="xs" mt="xs">
            <Radio
              value="PERIOD_END"
              label={end ? t('cancel.periodEndOn', { date: format.date(end) }) : t('cancel.periodEnd')}
              description={t('cancel.periodEndText')}
            />
            <Radio
              value="NOW"
              label={t('cancel.now')}
              description={t(isStaff ? 'cancel.nowStaffText' : 'cancel.nowText')}
            />
          </Stack>
        </Radio.Group>
      ) : (
        <Text size="sm">{t('cancel.onlyNow')}</Text>
      )}
      {isStaff && when === 'NOW' && (
        <Checkbox
          label={t('cancel.credit')}
          description={t('cancel.creditText')}
          {...form.getInputProps('creditUnused', { type: 'checkbox' })}
        />
      )}
      <Textarea
        label={t(isStaff ? 'cancel.reasonStaff' : 'cancel.reason')}
        description={t('cancel.reasonText')}
        autosize
        minRows={2}
        {...form.getInputProps('reason')}
      />
    </ActionDialog>
  );
}
