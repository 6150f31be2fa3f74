import { Button, Group, NativeSelect, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { placeOf } from '../../../api/fieldErrors';
import type { TaxCategory } from '../../../api/schema.generated';
import { type Refusal, useAction } from '../../../api/useAction';
import { currencies } from '../../../ui/codes';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Problems } from '../../../ui/Problems';
import { useEditing } from '../../../ui/useEditing';
import { onlyButtonsSend } from '../longForm';
import { StaffCreatePlanDocument, type StaffPlanPartsFragment, StaffUpdatePlanDocument } from './plans.generated';
import { detailsOf, faults, fieldOf, isField, noTax, type Proposals, taxKey, units, valuesOf } from './planValues';
import { useTaxName } from './taxName';

/** What a plan offers: entered for a new one, changed for one that is offered. */
export function PlanForm({ plan, organisation }: { plan: StaffPlanPartsFragment | null; organisation: Proposals }) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  const navigate = useNavigate();
  const { form, expectedVersion, saved, conflictSeen } = useEditing(`plan:${plan?.id ?? 'new'}`, {
    version: plan?.version ?? 0,
    values: valuesOf(plan, organisation),
  });
  const taxes = useTaxes(plan, organisation);
  const create = useAction(StaffCreatePlanDocument, (result) => result.createPlan);
  const update = useAction(StaffUpdatePlanDocument, (result) => result.updatePlan);
  const action = plan ? update : create;
  const submit = async () => {
    const wrong = faults(form.getValues(), (fault) => t(`fault.${fault}`));
    form.setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    const details = detailsOf(form.getValues(), taxes);
    const outcome = plan
      ? await update.run({ input: { planId: plan.id, expectedVersion: expectedVersion(), details } })
      : await create.run({ input: { details } });
    if (outcome?.kind === 'refused') form.setErrors(errorsOf(outcome.refusals));
    if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') conflictSeen();
    if (outcome?.kind !== 'done') return;
    const done = outcome.payload.plan;
    saved(done?.version ?? 0);
    notifications.show({ message: t(plan ? 'saved' : 'created', { name: done?.name ?? '' }) });
    if (!plan && done) await navigate(`/plans/${done.id}`);
  };
  const offered = organisation.settings?.currencies ?? [];
  const named = currencies(format.language, [form.values.currency]);
  const choices =
    offered.length > 0 ? named.filter(({ value }) => offered.includes(value) || value === form.values.currency) : named;
  return (
    <Section title={t('offers')}>
      <form
        noValidate
        onKeyDown={onlyButtonsSend}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack maw={640}>
          <TextInput label={t('field.name')} description={t('nameText')} required {...form.getInputProps('name')} />
          <Textarea label={t('field.description')} autosize minRows={2} {...form.getInputProps('description')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={t('field.price')}
              description={t('priceText')}
              required
              inputMode="decimal"
              {...form.getInputProps('price')}
            />
            <NativeSelect
              label={t('field.currency')}
              description={t('currencyText')}
              data={choices}
              {...form.getInputProps('currency')}
            />
            <TextInput label={t('field.count')} inputMode="numeric" required {...form.getInputProps('count')} />
            <NativeSelect
              label={t('field.unit')}
              data={units.map((value) => ({ value, label: t(`unit.${value}`) }))}
              {...form.getInputProps('unit')}
            />
            <TextInput
              label={t('field.trialDays')}
              description={t('trialText')}
              inputMode="numeric"
              {...form.getInputProps('trialDays')}
            />
            <TextInput
              label={t('field.setupFee')}
              description={t('setupFeeText')}
              inputMode="decimal"
              {...form.getInputProps('setupFee')}
            />
          </SimpleGrid>
          <NativeSelect
            label={t('field.tax')}
            data={taxes.map((tax) => ({ value: taxKey(tax), label: tax.label }))}
            {...form.getInputProps('tax')}
          />
          <Textarea
            label={t('field.terms')}
            description={t('termsText')}
            autosize
            minRows={2}
            {...form.getInputProps('terms')}
          />
          {plan && (
            <Text size="sm" c="dimmed">
              {t('concerns')}
            </Text>
          )}
          <Problems of={action} except={isField} />
          <Group>
            <Button type="submit" loading={action.busy}>
              {t(plan ? 'save' : 'create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

const errorsOf = (refusals: readonly Refusal[]) =>
  Object.fromEntries(
    refusals.filter((one) => isField(placeOf(one))).map((one) => [fieldOf(placeOf(one)), one.message]),
  );

/** The organisation's taxes by their names, none, and the plan's own where it is another. */
function useTaxes(
  plan: StaffPlanPartsFragment | null,
  organisation: Proposals,
): { category: TaxCategory; percent: string; label: string }[] {
  const taxName = useTaxName();
  const known = (organisation.settings?.taxRates ?? []).map((rate) => ({ ...rate, label: rate.name }));
  const own = plan ? [{ category: plan.taxCategory, percent: plan.taxPercent }] : [];
  const others = [noTax, ...own]
    .filter((tax) => !known.some((one) => taxKey(one) === taxKey(tax)))
    .map((tax) => ({ ...tax, label: taxName(tax.category, tax.percent) }));
  return [...known, ...others.filter((tax, at) => others.findIndex((one) => taxKey(one) === taxKey(tax)) === at)];
}
