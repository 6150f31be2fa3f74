import { useTranslation } from 'react-i18next';
import type { LineChangeKind } from '../../../api/schema.generated';
import type { LinePartsFragment } from '../../../ui/document.generated';
import { type Format, useFormat } from '../../../ui/format';
import type { EstimateComparisonQuery, RevisionPartsFragment } from './estimates.generated';

/** Two revisions, and the lines of both side by side. */
export interface Compared {
  of: NonNullable<NonNullable<EstimateComparisonQuery['estimate']>['comparison']>;
  earlier: RevisionPartsFragment;
  later: RevisionPartsFragment;
}

/** Something of an estimate as it was and as it is, in words; null where it was not there, or is no more. */
export interface ComparedRow {
  key: string;
  what: string;
  kind: LineChangeKind;
  before: string | null;
  after: string | null;
}

/** The lines first, then what concerns the whole: discount, total, deposit, last day, terms, notes. */
export function useComparedRows({ of, earlier, later }: Compared): ComparedRow[] {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  const lines = of.lines.map(({ kind, before, after }): ComparedRow => {
    const taxDiffers = before !== null && after !== null && before.taxPercent !== after.taxPercent;
    const isRenamed = before !== null && after !== null && before.description !== after.description;
    const was = before && inWords(before, earlier.document.currency, taxDiffers, format);
    return {
      key: `line ${(after ?? before)?.lineId}`,
      what: (after ?? before)?.description ?? '',
      kind,
      before: isRenamed ? `${before.description}\n${was}` : was,
      after: after && inWords(after, later.document.currency, taxDiffers, format),
    };
  });
  const discount = ({ document }: RevisionPartsFragment) =>
    document.discount &&
    (document.discount.percent ? format.percent(document.discount.percent) : format.money(document.discountTotal));
  const whole = (
    [
      ['discount', discount],
      ['total', ({ total }) => format.money(total)],
      ['deposit', ({ deposit }) => deposit && format.money(deposit)],
      ['validUntil', ({ validUntil }) => validUntil && format.date(validUntil)],
      ['terms', ({ document }) => document.terms],
      ['notes', ({ document }) => document.notes],
    ] as const satisfies readonly (readonly [string, (revision: RevisionPartsFragment) => string | null])[]
  ).map(([key, say]): ComparedRow => {
    const [before, after] = [say(earlier), say(later)];
    return { key, what: t(`changes.whole.${key}`), kind: kindOf(before, after), before, after };
  });
  // Until when it stands, and its deposit, are asked for when it is offered: on a draft they are not missing.
  const isOpen = ({ key }: ComparedRow) => later.offeredOn === null && (key === 'validUntil' || key === 'deposit');
  return [...lines, ...whole.filter((row) => (row.before !== null || row.after !== null) && !isOpen(row))];
}

function kindOf(before: string | null, after: string | null): LineChangeKind {
  if (before === after) return 'UNCHANGED';
  if (before === null) return 'ADDED';
  return after === null ? 'REMOVED' : 'CHANGED';
}

/** `12 × €780.00 − 5 % = €8,892.00`, as short as the line allows. */
function inWords(line: LinePartsFragment, currency: string, withTax: boolean, format: Format): string {
  const { discount } = line;
  const price = `${format.number(line.quantity)} × ${format.amount(line.unitPrice, currency)}`;
  const reduced = discount?.percent
    ? ` − ${format.percent(discount.percent)}`
    : discount?.amount
      ? ` − ${format.money({ amount: discount.amount, currency })}`
      : '';
  const tax = withTax ? ` (+ ${format.percent(line.taxPercent)})` : '';
  return `${price}${reduced} = ${format.money(line.amount)}${tax}`;
}
