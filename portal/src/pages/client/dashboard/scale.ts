/** The digits before the decimal point. */
const whole = (amount: string) => BigInt(amount.split('.')[0] || '0');

/** The round amount (1, 2 or 5 with noughts) that the largest of some amounts stays below. */
export function topOf(amounts: readonly string[]): bigint {
  let largest = 1n;
  for (const amount of amounts.map(whole)) if (amount >= largest) largest = amount + 1n;
  const power = 10n ** BigInt(largest.toString().length - 1);
  return [1n, 2n, 5n, 10n].map((times) => times * power).find((one) => one >= largest && one > 1n) ?? power * 10n;
}

/** How much of the top an amount is, from 0 to 1, to draw it; what is less than nothing is drawn as nothing. */
export function share(amount: string, top: bigint): number {
  const part = (whole(amount) * 10_000n) / top;
  return part > 0n ? Number(part) / 10_000 : 0;
}
