/** Decimal text as whole units of its last place. */
function units(amount: string): { units: bigint; places: number } {
  const [whole = '0', fraction = ''] = amount.split('.');
  return { units: BigInt(`${whole}${fraction}`), places: fraction.length };
}

/** The share `part` of `whole` has in an amount, to so many places, rounded half away from zero; exact on the way. */
export function share(amount: string, part: string, whole: string, places: number): string {
  const [of, over, under] = [units(amount), units(part), units(whole)];
  if (under.units === 0n) return amount;
  const numerator = of.units * over.units * 10n ** BigInt(under.places + places);
  const denominator = under.units * 10n ** BigInt(of.places + over.places);
  const isNegative = numerator < 0n !== denominator < 0n;
  const [top, bottom] = [numerator, denominator].map((one) => (one < 0n ? -one : one)) as [bigint, bigint];
  const digits = ((2n * top + bottom) / (2n * bottom)).toString().padStart(places + 1, '0');
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return isNegative ? `-${text}` : text;
}
