import type { InvoiceStatus } from '../../../api/schema.generated';
import { isNegative, isZero, type Money, sum } from '../../../ui/format';

interface Standing {
  readonly status: InvoiceStatus;
  readonly due: Money;
  readonly reserved: Money;
}

export const negated = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
export const isMore = (amount: string, than: string) => isNegative(sum([than, negated(amount)]));

/** What can be paid of an invoice now: what is due, less what payments under way have reserved; null where nothing can. */
export function payableOf({ status, due, reserved }: Standing): Money | null {
  if (status !== 'UNPAID' && status !== 'PARTIALLY_PAID') return null;
  const rest = sum([due.amount, negated(reserved.amount)]);
  return isZero(rest) || isNegative(rest) ? null : { amount: rest, currency: due.currency };
}
