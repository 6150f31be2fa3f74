import type { FormErrors, UseFormReturnType } from '@mantine/form';
import type { Collection, StartSubscriptionInput } from '../../../api/schema.generated';
import { readAmount } from '../../../ui/format';

/** What is typed to start a subscription. */
export interface StartValues extends Record<string, unknown> {
  customerId: string;
  planId: string;
  quantity: string;
  start: string;
  collection: Collection;
  end: End;
  periods: string;
  endsBefore: string;
}

/** How it ends: when it is cancelled, after a number of periods, or before a day. */
export const ends = ['never', 'periods', 'before'] as const;
export type End = (typeof ends)[number];

export type StartForm = UseFormReturnType<StartValues>;

export const emptyStart: StartValues = {
  customerId: '',
  planId: '',
  quantity: '1',
  start: '',
  collection: 'OFFLINE',
  end: 'never',
  periods: '',
  endsBefore: '',
};

/** Whether a refusal stands at a field. */
export const isField = (place: string) =>
  ['customerId', 'planId', 'quantity', 'start', 'periods', 'endsBefore'].includes(place);

type Fault = 'customer' | 'plan' | 'quantity' | 'start' | 'periods' | 'endsBefore';

/** What cannot be sent at all; every rule beyond that is the server's. */
export function faults(values: StartValues, say: (fault: Fault) => string): FormErrors {
  const { end } = values;
  return {
    ...(values.customerId ? {} : { customerId: say('customer') }),
    ...(values.planId ? {} : { planId: say('plan') }),
    ...(readAmount(values.quantity) === null ? { quantity: say('quantity') } : {}),
    ...(values.start ? {} : { start: say('start') }),
    ...(end === 'periods' && !/^\d{1,5}$/.test(values.periods.trim()) ? { periods: say('periods') } : {}),
    ...(end === 'before' && !values.endsBefore ? { endsBefore: say('endsBefore') } : {}),
  };
}

/** What is sent. */
export const inputOf = (values: StartValues): StartSubscriptionInput => ({
  customerId: values.customerId,
  planId: values.planId,
  quantity: readAmount(values.quantity),
  start: values.start,
  collection: values.collection,
  periods: values.end === 'periods' ? Number.parseInt(values.periods, 10) : null,
  endsBefore: values.end === 'before' ? values.endsBefore : null,
});
