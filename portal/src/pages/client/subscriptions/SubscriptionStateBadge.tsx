import { useTranslation } from 'react-i18next';
import type { SubscriptionState } from '../../../api/schema.generated';
import { useFormat } from '../../../ui/format';
import { State, type Tone } from '../../../ui/State';
import { dayBefore } from './abilities';

const tones = {
  TRIALING: 'info',
  ACTIVE: 'good',
  PAST_DUE: 'bad',
  UNPAID: 'bad',
  PAUSED: 'warn',
  NON_RENEWING: 'warn',
  CANCELLED: 'neutral',
  EXPIRED: 'neutral',
} as const satisfies Record<SubscriptionState, Tone>;

/** The states in the order in which people ask for them. */
export const subscriptionStates = [
  'ACTIVE',
  'TRIALING',
  'PAST_DUE',
  'UNPAID',
  'PAUSED',
  'NON_RENEWING',
  'CANCELLED',
  'EXPIRED',
] as const satisfies readonly SubscriptionState[];

/** The state that a filter in the address names; null for any. */
export const stateNamed = (name: string | null): SubscriptionState | null =>
  subscriptionStates.find((state) => state === name) ?? null;

/** Where a subscription stands, in a word, and the last day of one that is cancelled. */
export function SubscriptionStateBadge({ state, endsOn }: { state: SubscriptionState; endsOn?: string | null }) {
  const { t } = useTranslation('subscriptions');
  const format = useFormat();
  const ends = state === 'NON_RENEWING' && endsOn ? format.date(dayBefore(endsOn)) : null;
  return <State tone={tones[state]}>{ends ? t('endsWith', { date: ends }) : t(`state.${state}`)}</State>;
}
