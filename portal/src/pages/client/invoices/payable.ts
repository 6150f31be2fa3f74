import type { InvoiceStatus } from '../../../api/schema.generated';
import { decimals, isNegative, isZero, type Money, negated, readAmount, sum } from '../../../ui/format';

interface Standing {
  readonly status: InvoiceStatus;
  readonly due: Money;
  readonly reserved: Money;
}

export const isMore = (amount: string, than: string) => isNegative(sum([than, negated(amount)]));

/** What can be paid of an invoice now: what is due, less what payments under way have reserved; null where nothing can. */
export function payableOf({ status, due, reserved }: Standing): Money | null {
  if (status !== 'UNPAID' && status !== 'PARTIALLY_PAID') return null;
  const rest = sum([due.amount, negated(reserved.amount)]);
  return isZero(rest) || isNegative(rest) ? null : { amount: rest, currency: due.currency };
}

/** What is wrong with an amount as it is typed, of which `most` can be paid; null where nothing is. */
export function faultIn(typed: string, most: Money): 'notAnAmount' | 'tooFine' | 'tooLittle' | 'tooMuch' | null {
  const amount = readAmount(typed);
  if (amount === null) return 'notAnAmount';
  if (isZero(amount) || isNegative(amount)) return 'tooLittle';
  if (decimals(amount) > decimals(most.amount)) return 'tooFine';
  return isMore(amount, most.amount) ? 'tooMuch' : null;
}
