import { Anchor, NativeSelect, Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useData } from '../../../api/useData';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { usePerInterval } from '../../client/subscriptions/perInterval';
import type { StaffPlanPartsFragment } from '../plans/plans.generated';
import { useTaxName } from '../plans/taxName';
import type { StartForm } from './startValues';
import { StaffSubscriptionPlansDocument } from './subscriptions.generated';

/** Which plan, of those in the customer's currency, and what it offers. */
export function PlanChoice({ form, currency }: { form: StartForm; currency: string | null }) {
  const { t } = useTranslation('subscriptions');
  const per = usePerInterval();
  const plans = useData(StaffSubscriptionPlansDocument, {});
  return (
    <Loaded of={plans}>
      {({ plans: { nodes } }) => {
        const there = nodes.filter((plan) => !currency || plan.price.currency === currency);
        const chosen = there.find(({ id }) => id === form.values.planId);
        return (
          <Stack gap={6}>
            <NativeSelect
              label={t('start.plan')}
              required
              data={[
                { value: '', label: t('start.choosePlan') },
                ...there.map((plan) => ({
                  value: plan.id,
                  label: t('change.other', { plan: plan.name, amount: per(plan.price, plan.interval) }),
                })),
              ]}
              {...form.getInputProps('planId')}
              value={chosen?.id ?? ''}
            />
            {chosen ? <Offer plan={chosen} /> : form.values.planId && <Unchoose form={form} />}
            {there.length === 0 && (
              <Text size="sm">
                {t('start.noPlans')}{' '}
                <Anchor component={Link} to="/plans" inherit underline="always">
                  {t('start.toPlans')}
                </Anchor>
              </Text>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}

/** A plan that is not there for this customer is not chosen. */
function Unchoose({ form }: { form: StartForm }) {
  const { setFieldValue } = form;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it turns out
  useEffect(() => setFieldValue('planId', ''), []);
  return null;
}

function Offer({ plan }: { plan: StaffPlanPartsFragment }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const taxName = useTaxName();
  const parts = [
    plan.description,
    plan.trialDays > 0 && t('start.trial', { count: plan.trialDays }),
    plan.setupFee && t('start.setupFee', { amount: format.money(plan.setupFee) }),
    taxName(plan.taxCategory, plan.taxPercent),
  ];
  return (
    <Text size="sm" c="dimmed">
      {parts.filter(Boolean).join(' · ')}
    </Text>
  );
}
