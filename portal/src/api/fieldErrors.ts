import type { Refusal } from './useAction';

/** A refusal's place in the form: `["input", "document", "lines", "0", "quantity"]` is `document.lines.0.quantity`. */
export const placeOf = (refusal: Refusal): string =>
  (refusal.field[0] === 'input' ? refusal.field.slice(1) : refusal.field).join('.');

/** The refusals that concern fields of the form, as Mantine's `form.setErrors` takes them. */
export function fieldErrors(refusals: readonly Refusal[], isField: (place: string) => boolean): Record<string, string> {
  return Object.fromEntries(refusals.filter((one) => isField(placeOf(one))).map((one) => [placeOf(one), one.message]));
}
