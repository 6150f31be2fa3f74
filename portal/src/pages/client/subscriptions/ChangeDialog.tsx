import { NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import type { ChangeTime } from '../../../api/schema.generated';
import { useAction } from '../../../api/useAction';
import { useData } from '../../../api/useData';
import { ActionDialog } from '../../../ui/ActionDialog';
import { isZero, readAmount, sum, useFormat } from '../../../ui/format';
import { useDraft } from '../../../ui/useDraft';
import { dayBefore } from './abilities';
import { ChangePreview, usePreview } from './ChangePreview';
import { usePerInterval } from './perInterval';
import {
  ChangeSubscriptionDocument,
  PlansOfferedDocument,
  type SubscriptionDetailFragment,
} from './subscriptions.generated';

const isField = (place: string) => place === 'quantity' || place === 'planId';

/** Another plan or another quantity: what comes of it is shown to the cent before anything is changed. */
export function ChangeDialog(props: {
  of: SubscriptionDetailFragment;
  times: readonly ChangeTime[];
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const { of, times } = props;
  const { form, forget } = useDraft(`change-subscription:${of.id}`, {
    initialValues: { planId: '', quantity: of.terms.quantity, when: times[0] ?? 'NOW' },
  });
  const [quantity] = useDebouncedValue(form.values.quantity, 250);
  const choices = usePlanChoices(of, props.opened);
  const planId = choices.find(({ value }) => value === form.values.planId)?.value || null;
  const when = times.find((time) => time === form.values.when) ?? times[0] ?? 'NOW';
  const read = readAmount(quantity);
  // A change at the period's end is measured by what would hold then.
  const held = when === 'PERIOD_END' ? (of.pendingChange ?? of.terms) : of.terms;
  const heldPlan = held === of.terms ? null : held.planId;
  const unchanged = read !== null && planId === heldPlan && isZero(sum([read, `-${held.quantity}`]));
  const asked = read === null || unchanged ? null : { subscriptionId: of.id, planId, quantity: read, when };
  const preview = usePreview(asked, props.opened);
  const action = useAction(ChangeSubscriptionDocument, (result) => result.changeSubscription);
  const settled = quantity === form.values.quantity;
  const refusedAt = (place: string) =>
    [...action.refusals, ...(settled ? preview.refusals : [])].find((one) => one.field.at(-1) === place)?.message;
  const submit = async () => {
    if (read === null || !settled || !preview.possible) return;
    const outcome = await action.run({
      input: { subscriptionId: of.id, expectedVersion: of.version, planId, quantity: read, when },
    });
    if (outcome?.kind !== 'done') return;
    const isBilled = when === 'NOW' && preview.data.data?.previewSubscriptionChange.outcome === 'INVOICE';
    form.reset();
    forget();
    props.onClose();
    notifications.show({
      message: t(isBilled ? 'done.changeNowInvoice' : when === 'NOW' ? 'done.changeNow' : 'done.changeLater'),
    });
  };
  const end = of.currentPeriod?.end ?? (of.firstBilledOn ? dayBefore(of.firstBilledOn) : null);
  return (
    <ActionDialog
      title={t('change.submit')}
      opened={props.opened}
      onClose={() => {
        action.clear();
        props.onClose();
      }}
      action={action}
      onSubmit={() => void submit()}
      submit={t('change.submit')}
      disabled={!settled || !preview.possible}
      isField={isField}
      size="lg"
    >
      <NativeSelect
        label={t('change.plan')}
        data={choices}
        data-autofocus
        error={refusedAt('planId')}
        {...form.getInputProps('planId')}
        value={planId ?? ''}
      />
      <TextInput
        label={t('change.quantity')}
        inputMode="decimal"
        {...form.getInputProps('quantity')}
        error={settled && (read === null ? t('change.noNumber') : refusedAt('quantity'))}
      />
      {times.length > 1 ? (
        <Radio.Group
          label={t('change.when')}
          value={when}
          onChange={(value) => form.setFieldValue('when', value === 'NOW' ? 'NOW' : 'PERIOD_END')}
        >
          <Stack gap="xs" mt="xs">
            <Radio
              value="PERIOD_END"
              label={end ? t('change.periodEndOn', { date: format.date(end) }) : t('change.periodEnd')}
              description={t('change.periodEndText')}
            />
            <Radio value="NOW" label={t('change.now')} description={t('change.nowText')} />
          </Stack>
        </Radio.Group>
      ) : (
        <Text size="sm">{t('change.onlyNow')}</Text>
      )}
      {unchanged && (
        <Text size="sm" c="dimmed">
          {t('preview.unchanged')}
        </Text>
      )}
      {asked && <ChangePreview of={preview} isShown={isField} />}
    </ActionDialog>
  );
}

/** The plans to choose from: the one it has on its terms, then those that are offered in the same currency. */
function usePlanChoices(of: SubscriptionDetailFragment, asked: boolean): { value: string; label: string }[] {
  const { t } = useTranslation('subscriptions');
  const per = usePerInterval();
  const offered = useData(PlansOfferedDocument, {}, { paused: !asked });
  const { terms } = of;
  const others = (offered.data?.plans.nodes ?? []).filter(
    (plan) =>
      plan.price.currency === terms.price.currency &&
      (plan.id !== terms.planId ||
        plan.price.amount !== terms.price.amount ||
        plan.interval.unit !== terms.interval.unit ||
        plan.interval.count !== terms.interval.count),
  );
  return [
    { value: '', label: t('change.same', { plan: terms.planName, amount: per(terms.price, terms.interval) }) },
    ...others.map((plan) => ({
      value: plan.id,
      label: t(plan.id === terms.planId ? 'change.anew' : 'change.other', {
        plan: plan.name,
        amount: per(plan.price, plan.interval),
      }),
    })),
  ];
}
