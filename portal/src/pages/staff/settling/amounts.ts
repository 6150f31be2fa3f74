import { isNegative, isZero, sum } from '../../../ui/format';

const negated = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);

/** The exact difference of two decimal texts. */
export const minus = (amount: string, less: string): string => sum([amount, negated(less)]);

/** The smaller one of two decimal texts. */
export const smaller = (one: string, other: string): string => (isNegative(minus(one, other)) ? one : other);

export const isPositive = (amount: string): boolean => !isZero(amount) && !isNegative(amount);

/** An amount as a person of a language would type it. */
export function typed(amount: string, language: string): string {
  const parts = new Intl.NumberFormat(language).formatToParts(1.5);
  return amount.replace('.', parts.find(({ type }) => type === 'decimal')?.value ?? '.');
}

/** Gives an amount to what is due, one after the other, until nothing is left of it. */
export function spread(
  amount: string,
  over: readonly { readonly id: string; readonly due: string }[],
): Record<string, string> {
  let left = amount;
  const given: Record<string, string> = {};
  for (const { id, due } of over) {
    if (!isPositive(left)) break;
    if (!isPositive(due)) continue;
    const part = smaller(left, due);
    given[id] = part;
    left = minus(left, part);
  }
  return given;
}
