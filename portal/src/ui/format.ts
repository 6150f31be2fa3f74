import { useTranslation } from 'react-i18next';

/** An exact amount: decimal text at the currency's scale, and an ISO 4217 code. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

/** `Intl` formats decimal text exactly; TypeScript's library knows only its literal form. */
const exact = (amount: string) => amount as `${number}`;

export interface Format {
  money: (money: Money) => string;
  /** An amount without its currency, at the currency's scale; prices may have more places. */
  amount: (amount: string, currency?: string) => string;
  /** A quantity or percentage as it is, with the language's separators. */
  number: (amount: string) => string;
  percent: (amount: string) => string;
  /** A business date, which has no time zone. */
  date: (date: string) => string;
  shortDate: (date: string) => string;
  month: (date: string, width?: 'short' | 'long') => string;
  dateTime: (instant: string) => string;
  language: string;
}

/**
 * The language as the person's own country writes it, where the browser says which that is. English of no country would be
 * that of the United States, with the month before the day.
 */
const localeOf = (language: string) =>
  navigator.languages.find((one) => one.toLowerCase().startsWith(`${language}-`)) ??
  (language === 'en' ? 'en-GB' : language);

/** Makes a formatter when it is first needed and keeps it: making one costs more than a hundred formats. */
function keeping<Kind extends string, Formatter>(make: (kind: Kind) => Formatter): (kind: Kind) => Formatter {
  const made = new Map<Kind, Formatter>();
  return (kind) => {
    const formatter = made.get(kind) ?? make(kind);
    made.set(kind, formatter);
    return formatter;
  };
}

const days = {
  long: { dateStyle: 'medium', timeZone: 'UTC' },
  short: { day: 'numeric', month: 'short', timeZone: 'UTC' },
  instant: { dateStyle: 'medium', timeStyle: 'short' },
  monthShort: { month: 'short', timeZone: 'UTC' },
  monthLong: { month: 'long', year: 'numeric', timeZone: 'UTC' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Formats in a language, as the person's own country writes it. */
export const formatFor = keeping((spoken: string): Format => {
  const language = localeOf(spoken);
  const date = keeping((kind: keyof typeof days) => new Intl.DateTimeFormat(language, days[kind]));
  const day = (text: string) => new Date(`${text}T00:00:00Z`);
  const money = keeping((currency: string) => new Intl.NumberFormat(language, { style: 'currency', currency }));
  const scale = (currency: string) => money(currency).resolvedOptions().maximumFractionDigits ?? 2;
  const amount = keeping(
    (currency: string) =>
      new Intl.NumberFormat(language, {
        minimumFractionDigits: currency ? scale(currency) : 2,
        maximumFractionDigits: 12,
      }),
  );
  const plain = keeping(() => new Intl.NumberFormat(language, { maximumFractionDigits: 12 }));
  return {
    language,
    money: (of) => money(of.currency).format(exact(of.amount)),
    amount: (text, currency = '') => amount(currency).format(exact(text)),
    number: (text) => plain('').format(exact(text)),
    percent: (text) => `${plain('').format(exact(text))} %`,
    date: (text) => date('long').format(day(text)),
    shortDate: (text) => date('short').format(day(text)),
    month: (text, width = 'short') => date(width === 'short' ? 'monthShort' : 'monthLong').format(day(text)),
    dateTime: (text) => date('instant').format(new Date(text)),
  };
});

/** Money, numbers and dates as the person's language writes them. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return formatFor(i18n.language);
}

/** Decimal text as whole units of its last place. */
function parts(amount: string): { units: bigint; places: number } {
  const [whole = '0', fraction = ''] = amount.split('.');
  return { units: BigInt(`${whole}${fraction}`), places: fraction.length };
}

/** The exact sum of decimal texts, with as many places as the finest of them. */
export function sum(amounts: readonly string[]): string {
  const all = amounts.map(parts);
  const places = Math.max(0, ...all.map((one) => one.places));
  const total = all.reduce((so, one) => so + one.units * 10n ** BigInt(places - one.places), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, '0');
  const sign = total < 0n ? '-' : '';
  return places === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** How many places stand after the point of decimal text. */
export const decimals = (amount: string) => parts(amount).places;
export const isZero = (amount: string) => parts(amount).units === 0n;
export const negated = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
export const isNegative = (amount: string) => parts(amount).units < 0n;

/** What separates thousands in the language that is spoken. */
function thousands(): string {
  const parts = new Intl.NumberFormat(localeOf(document.documentElement.lang)).formatToParts(1_000_000);
  return parts.find(({ type }) => type === 'group')?.value ?? ',';
}

/**
 * What a person types for an amount, in the way of any language, as the server reads it; null if it is no amount. One
 * point or comma before exactly three digits separates thousands where the language writes them so: 1.500 is fifteen
 * hundred in German, one and a half in English.
 */
export function readAmount(typed: string): string | null {
  const text = typed.replace(/[\s'’]/g, '');
  const marks = text.match(/[.,]/g) ?? [];
  const last = Math.max(text.lastIndexOf(','), text.lastIndexOf('.'));
  const isAlone = marks.length === 1 && /^-?[1-9]\d{0,2}[.,]\d{3}$/.test(text) && marks[0] === thousands();
  // "1.234.567" or "1,234,567": one kind of mark, several times, separates thousands.
  const onlyThousands = isAlone || (marks.length > 1 && new Set(marks).size === 1);
  if (!onlyThousands && last >= 0 && marks.slice(0, -1).includes(text.charAt(last))) return null;
  const whole = (last < 0 || onlyThousands ? text : text.slice(0, last)).replace(/[.,]/g, '');
  const fraction = last < 0 || onlyThousands ? '' : text.slice(last + 1);
  const read = fraction ? `${whole || '0'}.${fraction}` : whole;
  return /^-?\d+(\.\d+)?$/.test(read) ? read : null;
}
