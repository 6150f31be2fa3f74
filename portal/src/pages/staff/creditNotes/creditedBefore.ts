import type { DocumentPartsFragment } from '../../../ui/document.generated';
import { isNegative, isZero, sum } from '../../../ui/format';
import { isPositive, minus, smaller } from '../settling/amounts';
import type { StaffInvoiceToCreditQuery } from './creditNotes.generated';

type Line = DocumentPartsFragment['lines'][number];
type Note = NonNullable<StaffInvoiceToCreditQuery['invoice']>['creditNotes'][number];

/** The credit notes that take something off an invoice, or will once they are issued. */
export const thatCount = (notes: readonly Note[]): readonly Note[] =>
  notes.filter(({ status }) => status === 'OPEN' || status === 'CLOSED' || status === 'DRAFT');

/** What of an invoice's total can still be credited. */
export const leftToCredit = (total: string, notes: readonly Note[]): string =>
  minus(total, sum(['0', ...notes.map((note) => note.total.amount)]));

/**
 * How much of each of an invoice's lines is credited, by the line's id. A credit note's lines have numbers of their own:
 * what a line of it credits is told by what it says and costs. What was written freely is only in the totals.
 */
export function creditedOf(lines: readonly Line[], notes: readonly Note[]): Record<number, string> {
  const credited: Record<number, string> = Object.fromEntries(lines.map(({ lineId }) => [lineId, '0']));
  for (const one of notes.flatMap(({ document }) => document?.lines ?? [])) {
    let size = sizeOf(one.quantity);
    for (const line of lines.filter((line) => isSame(line, one))) {
      const before = credited[line.lineId] ?? '0';
      const part = smaller(size, minus(sizeOf(line.quantity), before));
      if (!isPositive(part)) continue;
      credited[line.lineId] = sum([before, part]);
      size = minus(size, part);
    }
  }
  return Object.fromEntries(
    lines.map((line) => {
      const size = credited[line.lineId] ?? '0';
      return [line.lineId, isNegative(line.quantity) && !isZero(size) ? `-${size}` : size];
    }),
  );
}

/** A quantity without its sign: what is taken off an invoice stands there as less than nothing. */
const sizeOf = (quantity: string) => quantity.replace(/^-/, '');

const isSame = (line: Line, other: Line) =>
  line.description === other.description &&
  line.taxCategory === other.taxCategory &&
  isNegative(line.quantity) === isNegative(other.quantity) &&
  isZero(minus(line.unitPrice, other.unitPrice)) &&
  isZero(minus(line.taxPercent, other.taxPercent));
