import type { FormErrors } from '@mantine/form';
import { placeOf } from '../../../api/fieldErrors';
import type { DocumentInput, LineInput, Prices, TaxCategory } from '../../../api/schema.generated';
import type { Refusal } from '../../../api/useAction';
import type { DocumentPartsFragment } from '../../../ui/document.generated';
import { readAmount } from '../../../ui/format';

/** A line as it is typed; amounts are text in the person's own way of writing. */
export type LineValues = {
  /** Tells lines apart while they are moved about. */
  key: string;
  /** The line it continues when a document is reworked; null for a new one. */
  lineId: number | null;
  description: string;
  quantity: string;
  unitPrice: string;
  discount: string;
  discountIn: 'percent' | 'amount';
  /** Category and rate: `STANDARD 19`. */
  tax: string;
};

/** A document as it is typed: the values of the editor's form. */
export type DocumentValues = {
  /** The version that they were read at, which goes into `expectedVersion`; null for a new document. */
  basedOn: number | null;
  currency: string;
  prices: Prices;
  lines: LineValues[];
  discount: string;
  discountIn: 'percent' | 'amount';
  notes: string;
  terms: string;
};

type Tax = { readonly category: TaxCategory; readonly percent: string };

/** A tax as one text, the same however many zeros its rate is written with. */
export const taxText = ({ category, percent }: Tax): string =>
  `${category} ${percent.includes('.') ? percent.replace(/\.?0+$/, '') : percent}`;

export const noTax = 'OUT_OF_SCOPE 0';

/** An empty line; its tax is that of the line before it. */
export const blankLine = (tax: string): LineValues => ({
  key: crypto.randomUUID(),
  lineId: null,
  description: '',
  quantity: '1',
  unitPrice: '',
  discount: '',
  discountIn: 'percent',
  tax,
});

/** A new document in a currency, with one empty line under the first of the organisation's tax rates. */
export const blankDocument = (currency: string, rates: readonly Tax[]): DocumentValues => ({
  basedOn: null,
  currency,
  prices: 'TAX_EXCLUSIVE',
  lines: [blankLine(rates[0] ? taxText(rates[0]) : noTax)],
  discount: '',
  discountIn: 'percent',
  notes: '',
  terms: '',
});

/** What the form begins with where a document is there already; its lines keep their ids. `language` is how amounts are written. */
export function valuesOf(document: DocumentPartsFragment, version: number, language: string): DocumentValues {
  const point = new Intl.NumberFormat(language).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';
  const typed = (amount: string) => amount.replace('.', point);
  const discountOf = (discount: DocumentPartsFragment['discount']) => ({
    discount: typed(discount?.percent ?? discount?.amount ?? ''),
    discountIn: discount?.amount ? ('amount' as const) : ('percent' as const),
  });
  return {
    basedOn: version,
    currency: document.currency,
    prices: document.prices,
    lines: document.lines.map((line) => ({
      key: `line ${line.lineId}`,
      lineId: line.lineId,
      description: line.description,
      quantity: typed(line.quantity),
      unitPrice: typed(line.unitPrice),
      ...discountOf(line.discount),
      tax: taxText({ category: line.taxCategory, percent: line.taxPercent }),
    })),
    ...discountOf(document.discount),
    notes: document.notes ?? '',
    terms: document.terms ?? '',
  };
}

/** Whether nothing has been entered in a line: such lines are left out. */
export const isBlank = (line: LineValues): boolean =>
  line.lineId === null && !line.description.trim() && !line.unitPrice.trim() && !line.discount.trim();

const discountOf = ({ discount, discountIn }: Pick<LineValues, 'discount' | 'discountIn'>) => {
  const amount = readAmount(discount);
  return amount === null ? null : discountIn === 'percent' ? { percent: amount } : { amount };
};

const lineInputOf = (line: LineValues): LineInput => {
  const [category, percent] = line.tax.split(' ') as [TaxCategory, string]; // As `taxText` has written it.
  return {
    lineId: line.lineId,
    description: line.description.trim(),
    quantity: readAmount(line.quantity) ?? '',
    unitPrice: readAmount(line.unitPrice) ?? '',
    discount: discountOf(line),
    tax: line.tax === noTax ? null : { category, percent },
  };
};

const inputOf = (values: DocumentValues, lines: readonly LineValues[]): DocumentInput => ({
  currency: values.currency,
  prices: values.prices,
  lines: lines.map(lineInputOf),
  discount: discountOf(values),
  notes: values.notes.trim() || null,
  terms: values.terms.trim() || null,
});

/** What goes to the server, once `checkDocument` has found nothing. */
export const documentInputOf = (values: DocumentValues): DocumentInput =>
  inputOf(
    values,
    values.lines.filter((line) => !isBlank(line)),
  );

const unreadable = (typed: string) => typed.trim() !== '' && readAmount(typed) === null;

/**
 * Where what is typed is no amount, and what is typed there. A line with its price lacks its quantity; one without is
 * still being written.
 */
export function unreadableIn(values: DocumentValues): Record<string, string> {
  const fields = ['quantity', 'unitPrice', 'discount'] as const;
  const found = values.lines.flatMap((line, at) =>
    fields
      .filter((field) => unreadable(line[field]) || (field === 'quantity' && !line.quantity.trim() && isPriced(line)))
      .map((field) => [`lines.${at}.${field}`, line[field].trim()] as const),
  );
  return Object.fromEntries(unreadable(values.discount) ? [...found, ['discount', values.discount]] : found);
}

const isPriced = (line: LineValues) => line.unitPrice.trim() !== '';

/**
 * What can be asked for a preview already, and the lines it holds; null while no line has its quantity and price, and
 * where something is unreadable: totals without it would be wrong.
 */
export function previewInputOf(values: DocumentValues): { input: DocumentInput; keys: string[] } | null {
  if (Object.keys(unreadableIn(values)).length > 0) return null;
  const lines = values.lines.filter(isPriced);
  if (lines.length === 0) return null;
  // That a line has no name yet is no reason not to say what it comes to.
  const named = lines.map((line) => (line.description.trim() ? line : { ...line, description: '…' }));
  return { input: inputOf(values, named), keys: lines.map(({ key }) => key) };
}

/** Words for what the editor itself finds missing. */
export interface EditorWords {
  required: string;
  notAnAmount: string;
  noLines: string;
}

/** What is missing before the server need be asked; for `useDraft`'s `validate`. */
export function checkDocument(words: EditorWords): (values: DocumentValues) => FormErrors {
  const amount = (typed: string) => (!typed.trim() ? words.required : unreadable(typed) ? words.notAnAmount : null);
  const discount = (typed: string) => (unreadable(typed) ? words.notAnAmount : null);
  return (values) => {
    const found: [string, string | null][] = values.lines.flatMap((line, at): [string, string | null][] =>
      isBlank(line)
        ? []
        : [
            [`lines.${at}.description`, line.description.trim() ? null : words.required],
            [`lines.${at}.quantity`, amount(line.quantity)],
            [`lines.${at}.unitPrice`, amount(line.unitPrice)],
            [`lines.${at}.discount`, discount(line.discount)],
          ],
    );
    found.push(['discount', discount(values.discount)]);
    found.push(['lines', values.lines.every(isBlank) ? words.noLines : null]);
    return Object.fromEntries(found.filter(([, problem]) => problem !== null));
  };
}

/** A server's place, with or without `document.` before it: `lines.0.discount.percent` stands at `lines.0.discount`. */
const ownPlace = (place: string) => place.replace(/^document\./, '').replace(/(^|\.)(discount|tax)\.\w+$/, '$1$2');

/** Whether the editor shows a refusal at its field; for `Problems` and `ActionDialog`. */
export const isDocumentField = (place: string): boolean =>
  /^(currency|prices|lines|discount|notes|terms|lines\.\d+\.(description|quantity|unitPrice|discount|tax))$/.test(
    ownPlace(place),
  );

/** A server's refusals at the form's fields, where only some of the form's lines were sent. */
export function refusalsAt(refusals: readonly Refusal[], sentLines: readonly number[]): Record<string, string> {
  const shown = refusals.filter((one) => isDocumentField(placeOf(one)));
  return Object.fromEntries(
    shown.map((one) => [
      ownPlace(placeOf(one)).replace(/^lines\.(\d+)/, (_, sent: string) => `lines.${sentLines[Number(sent)] ?? sent}`),
      one.message,
    ]),
  );
}
