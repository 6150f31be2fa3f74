import { Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { fieldErrors } from '../../../api/fieldErrors';
import { useAction } from '../../../api/useAction';
import { useMe } from '../../../app/viewer';
import { ActionDialog } from '../../../ui/ActionDialog';
import { ConflictHint } from '../../../ui/ConflictHint';
import { readAmount, useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { useSeenVersion } from '../../../ui/useSeenVersion';
import { daysAfter } from './days';
import type { DialogProps } from './EstimateDialogs';
import { StaffOfferEstimateDocument, StaffReofferEstimateDocument } from './staffEstimates.generated';

const isField = (place: string) => place === 'validUntil' || place === 'depositPercent';

/** Until when an offer stands and what of it is billed first; then the customer gets it. */
export function OfferDialog({ estimate, settings, today, opened, onClose }: DialogProps) {
  const { t } = useTranslation('staffEstimates');
  const format = useFormat();
  const { isMailDelivered } = useMe();
  const offer = useAction(StaffOfferEstimateDocument, (result) => result.offerEstimate);
  const reoffer = useAction(StaffReofferEstimateDocument, (result) => result.reofferEstimate);
  const isAgain = estimate.revisions.some(({ offeredOn }) => offeredOn);
  const action = isAgain ? reoffer : offer;
  const newest = estimate.revisions.at(-1);
  const seen = useSeenVersion(estimate.version, opened);
  const { form, forget } = useDraft(`offer:${estimate.id}:${estimate.revision}`, {
    initialValues: {
      validUntil: daysAfter(today, settings?.offerValidDays ?? 30),
      depositPercent: settings?.depositPercent ?? '',
    },
    validate: ({ validUntil, depositPercent }): Record<string, string> => ({
      ...(validUntil ? {} : { validUntil: t('offer.dateMissing') }),
      ...(depositPercent.trim() && readAmount(depositPercent) === null
        ? { depositPercent: t('offer.notAPercentage') }
        : {}),
    }),
  });
  const close = () => {
    action.clear();
    onClose();
  };
  const submit = form.onSubmit(async ({ validUntil, depositPercent }) => {
    const input = {
      estimateId: estimate.id,
      expectedVersion: seen.expected(),
      validUntil,
      depositPercent: readAmount(depositPercent) ?? '0',
    };
    const outcome = await action.run({ input });
    seen.learn(outcome);
    if (outcome?.kind === 'refused') form.setErrors(fieldErrors(outcome.refusals, isField));
    if (outcome?.kind !== 'done') return;
    forget();
    close();
    notifications.show({ message: t('offer.done', { number: outcome.payload.estimate?.number ?? '' }) });
  });
  return (
    <ActionDialog
      title={t(isAgain ? 'offer.again' : 'offer.title')}
      opened={opened}
      onClose={close}
      action={action}
      onSubmit={submit}
      submit={t(isAgain ? 'offer.submitAgain' : 'offer.submit')}
      isField={isField}
    >
      <Text size="sm">
        {t(isMailDelivered ? 'offer.text' : 'offer.textQueued', {
          customer: estimate.customer?.name ?? '',
          total: newest ? format.money(newest.document.total) : '',
        })}
      </Text>
      <TextInput
        type="date"
        label={t('offer.validUntil')}
        required
        min={today}
        data-autofocus
        {...form.getInputProps('validUntil')}
      />
      <TextInput
        label={t('offer.deposit')}
        description={t('offer.depositText')}
        inputMode="decimal"
        autoComplete="off"
        rightSection="%"
        {...form.getInputProps('depositPercent')}
      />
      <ConflictHint of={action} />
    </ActionDialog>
  );
}
