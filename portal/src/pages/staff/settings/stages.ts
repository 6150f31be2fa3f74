import { wholeNumber } from './section';

/** A stage that is due so many days before or after another day; `key` tells rows apart. */
export interface Stage {
  key: string;
  days: string;
}

/** The stages in the order in which they come about. */
export function inOrder<Row>(rows: readonly Row[], dayOf: (row: Row) => number | null): Row[] {
  return [...rows].sort((one, other) => (dayOf(one) ?? 0) - (dayOf(other) ?? 0));
}

/** What is wrong with the days of the stages: none, out of bounds, or the same twice. */
export function faultsOf<Row>(
  rows: readonly Row[],
  dayOf: (row: Row) => number | null,
  [least, most]: readonly [number, number],
): ('wrong' | 'twice' | null)[] {
  const days = rows.map(dayOf);
  return days.map((day, at) => {
    if (day === null || day < least || day > most) return 'wrong';
    return days.indexOf(day) < at ? 'twice' : null;
  });
}

/** Days as typed in a row: `1, 3, 7`; null where something in it is no number of days. */
export function readDays(typed: string): number[] | null {
  const days = typed
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(wholeNumber);
  return days.includes(null) ? null : days.filter((day) => day !== null).sort((one, other) => one - other);
}
