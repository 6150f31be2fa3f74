import type { ChangeTime } from '../../../api/schema.generated';
import type { Me } from '../../../app/viewer';
import type { SubscriptionDetailFragment } from './subscriptions.generated';

/** What the person may do with a subscription as it stands now; the server would refuse anything else. */
export interface Abilities {
  pause: boolean;
  resume: boolean;
  reactivate: boolean;
  /** When it could be changed or end; none where it cannot. */
  change: readonly ChangeTime[];
  cancel: readonly ChangeTime[];
  /** Whether a change that waits for the next period can be given up. */
  dropChange: boolean;
}

/** Decides it from the subscription's state, the portal's settings for contacts, and who the person is. */
export function abilities(of: SubscriptionDetailFragment, me: Me): Abilities {
  const isContact = me.role === 'CUSTOMER_CONTACT';
  const may = (setting: 'pauseSubscription' | 'changeSubscription' | 'cancelSubscription') =>
    me.mayAct && (!isContact || me.portal?.[setting] === true);
  const runs = of.state !== 'CANCELLED' && of.state !== 'EXPIRED';
  const paused = of.state === 'PAUSED';
  const ending = isEnding(of);
  const times = (allowed: boolean, atPeriodEnd: boolean): ChangeTime[] =>
    allowed ? (atPeriodEnd ? ['PERIOD_END', 'NOW'] : ['NOW']) : [];
  return {
    pause: may('pauseSubscription') && runs && !paused && !ending,
    resume: may('pauseSubscription') && paused,
    reactivate: may('cancelSubscription') && runs && ending,
    change: times(may('changeSubscription') && runs && !paused, !ending && of.upcomingInvoice !== null),
    cancel: times(may('cancelSubscription') && runs, !paused && !ending),
    dropChange: may('changeSubscription') && runs && of.pendingChange !== null,
  };
}

/**
 * Whether it is cancelled with the end of its current period. What is also past due says so in its state, and has its
 * end on the very day on which the next period would begin.
 */
export function isEnding(of: SubscriptionDetailFragment): boolean {
  if (of.state === 'NON_RENEWING') return true;
  if (of.state !== 'PAST_DUE' && of.state !== 'UNPAID') return false;
  const next = of.currentPeriod ? dayAfter(of.currentPeriod.end) : of.firstBilledOn;
  return of.upcomingInvoice === null && of.endsOn !== null && of.endsOn === next;
}

const dayInMs = 86_400_000;
const moved = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayInMs).toISOString().slice(0, 10);

/** The day before a date: "ends before 7 December" is "until 6 December" to people. */
export const dayBefore = (date: string) => moved(date, -1);
export const dayAfter = (date: string) => moved(date, 1);
