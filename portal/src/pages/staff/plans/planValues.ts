import type { FormErrors } from '@mantine/form';
import type { IntervalUnit, PlanDetailsInput, TaxCategory } from '../../../api/schema.generated';
import { readAmount } from '../../../ui/format';
import type { StaffPlanPartsFragment, StaffPlanSettingsQuery } from './plans.generated';

/** What the organisation proposes on plans. */
export type Proposals = NonNullable<StaffPlanSettingsQuery['organisation']>;

/** What is typed into the form of a plan. */
export interface PlanValues extends Record<string, unknown> {
  name: string;
  description: string;
  price: string;
  currency: string;
  count: string;
  unit: IntervalUnit;
  trialDays: string;
  setupFee: string;
  /** See `taxKey`. */
  tax: string;
  terms: string;
}

/** The lengths of a period that people ask for, the usual one first. */
export const units = ['MONTH', 'YEAR', 'WEEK', 'DAY'] as const satisfies readonly IntervalUnit[];

export const noTax = { category: 'OUT_OF_SCOPE', percent: '0' } as const;

/** A tax as the value of a choice. */
export const taxKey = ({ category, percent }: { category: TaxCategory; percent: string }) => `${category} ${percent}`;

/** What the form begins with: the plan as it is, or what the organisation proposes for a new one. */
export function valuesOf(plan: StaffPlanPartsFragment | null, proposals: Proposals): PlanValues {
  const [proposed = noTax] = proposals.settings?.taxRates ?? [];
  const tax = plan ? { category: plan.taxCategory, percent: plan.taxPercent } : proposed;
  return {
    name: plan?.name ?? '',
    description: plan?.description ?? '',
    price: plan?.price.amount ?? '',
    currency: plan?.price.currency ?? proposals.currency,
    count: `${plan?.interval.count ?? 1}`,
    unit: plan?.interval.unit ?? 'MONTH',
    trialDays: plan?.trialDays ? `${plan.trialDays}` : '',
    setupFee: plan?.setupFee?.amount ?? '',
    tax: taxKey(tax),
    terms: plan?.terms ?? '',
  };
}

const isCount = (text: string) => /^\d{1,4}$/.test(text.trim());

type Fault = 'nameMissing' | 'noAmount' | 'noCount';

/** What cannot be sent at all; every rule beyond that is the server's. */
export function faults(values: PlanValues, say: (fault: Fault) => string): FormErrors {
  return {
    ...(values.name.trim() ? {} : { name: say('nameMissing') }),
    ...(readAmount(values.price) === null ? { price: say('noAmount') } : {}),
    ...(isCount(values.count) ? {} : { count: say('noCount') }),
    ...(!values.trialDays.trim() || isCount(values.trialDays) ? {} : { trialDays: say('noCount') }),
    ...(values.setupFee.trim() && readAmount(values.setupFee) === null ? { setupFee: say('noAmount') } : {}),
  };
}

/** What is sent. */
export function detailsOf(
  values: PlanValues,
  taxes: readonly { category: TaxCategory; percent: string }[],
): PlanDetailsInput {
  const tax = taxes.find((one) => taxKey(one) === values.tax) ?? noTax;
  return {
    name: values.name,
    description: values.description.trim() || null,
    price: readAmount(values.price) ?? '',
    currency: values.currency,
    interval: { unit: values.unit, count: Number.parseInt(values.count, 10) },
    trialDays: Number.parseInt(values.trialDays || '0', 10),
    setupFee: readAmount(values.setupFee),
    tax: { category: tax.category, percent: tax.percent },
    terms: values.terms.trim() || null,
  };
}

/** The form's field that a refusal is about: `details.interval.count` is `count`. */
export function fieldOf(place: string): string {
  const [first = '', second] = place.replace(/^details\./, '').split('.');
  return first === 'interval' ? (second ?? 'count') : first;
}

const fields = ['name', 'description', 'price', 'currency', 'count', 'unit', 'trialDays', 'setupFee', 'tax', 'terms'];

/** Whether a refusal stands at a field of the form. */
export const isField = (place: string) => fields.includes(fieldOf(place));
