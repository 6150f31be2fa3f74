import type { OperationResult } from '@urql/core';
import i18next from 'i18next';
import { type Format, formatFor } from '../ui/format';
import { type Refusing, refusing } from './refusing';
import type { Refusal } from './useAction';

/**
 * The server says in English why it refused. Here every refusal and error of an answer gets the sentence of its code in
 * the language that is spoken (`refusals.json`), before any page sees the answer: a `message` is in the person's words.
 *
 * Where the server's message carries figures (what is still due, the last day, the most characters), they are taken out
 * of it, and the code's sentence under `figures` says them as the language writes them. A message without them gets the
 * plain sentence; a code that we do not know, such as a payment provider's own, keeps the server's message.
 *
 * The words are no part of the first load: they come with the first refusal, which waits for them. Where they cannot be
 * had, the server's message stays.
 */
export async function inWords(result: OperationResult): Promise<OperationResult> {
  await i18next.loadNamespaces('refusals');
  const format = formatFor(i18next.language);
  for (const error of result.error?.graphQLErrors ?? []) {
    error.message = sentence(error.extensions.code, figuresOfError(error.extensions, format)) ?? error.message;
  }
  const told = ({ userErrors, ...payload }: Refusing): Refusing => ({
    ...payload,
    userErrors: userErrors.map((one) => ({
      ...one,
      message: sentence(one.code, figuresOfRefusal(one, format)) ?? one.message,
    })),
  });
  const payloads = refusing(result.data).map(([name, payload]) => [name, told(payload)]);
  return payloads.length > 0 ? { ...result, data: { ...result.data, ...Object.fromEntries(payloads) } } : result;
}

/** The sentence of a code, with its figures where it names as many; null where there is none. */
function sentence(code: unknown, figures: readonly string[]): string | null {
  const words = (key: string): string | null => {
    const found: unknown = i18next.getResource(i18next.language, 'refusals', key);
    return typeof found === 'string' ? found : null;
  };
  const [first, second] = figures;
  const exact = words(`figures.${code}`);
  if (!exact || !first || (exact.includes('{{second}}') && !second)) return words(`${code}`);
  return exact.replace('{{first}}', () => first).replace('{{second}}', () => second ?? '');
}

/** Money, a date, a number, or the code of a currency or country, as the server's messages write them. */
const figure =
  /(?<amount>-?\d[\d.]*) (?<currency>[A-Z]{3})\b|(?<date>\d{4}-\d\d-\d\d)|(?<number>-?\d+(?:\.\d+)?)|(?<=\b(?:in|of) )(?<code>[A-Z]{2,3})\b/g;

/** A VAT ID of each country as it looks, by the prefix that the server's refusal names (VIES). */
const vatIds: Record<string, string> = {
  AT: 'ATU12345678',
  BE: 'BE0123456789',
  BG: 'BG123456789',
  CY: 'CY12345678X',
  CZ: 'CZ12345678',
  DE: 'DE123456789',
  DK: 'DK12345678',
  EE: 'EE123456789',
  EL: 'EL123456789',
  ES: 'ESA12345678',
  FI: 'FI12345678',
  FR: 'FR12345678901',
  HR: 'HR12345678901',
  HU: 'HU12345678',
  IE: 'IE1234567WI',
  IT: 'IT12345678901',
  LT: 'LT123456789',
  LU: 'LU12345678',
  LV: 'LV12345678901',
  MT: 'MT12345678',
  NL: 'NL123456789B01',
  PL: 'PL1234567890',
  PT: 'PT123456789',
  RO: 'RO1234567890',
  SE: 'SE123456789012',
  SI: 'SI12345678',
  SK: 'SK1234567890',
  XI: 'XI123456789',
};
/** The prefixes that are not the codes of their countries: of Greece and of Northern Ireland. */
const countries: Record<string, string> = { EL: 'GR', XI: 'GB' };

function figuresOfRefusal({ code, message }: Refusal, format: Format): string[] {
  const figures = figuresOf(message, format);
  const [prefix = ''] = figures;
  const example = vatIds[prefix];
  if (code !== 'NOT_A_VAT_ID' || !example) return figures;
  const names = new Intl.DisplayNames(format.language, { type: 'region' });
  return [names.of(countries[prefix] ?? prefix) ?? prefix, example];
}

/** The figures of a message, as the language writes them. */
function figuresOf(message: string, format: Format): string[] {
  return [...message.matchAll(figure)].map(({ groups }) => {
    const { amount, currency, date, number, code } = groups ?? {};
    if (amount && currency) return format.money({ amount, currency });
    return (date && format.date(date)) || (number && format.number(number)) || code || '';
  });
}

/** What an error says beside its code: how long to wait, or the reference under which a fault of ours is logged. */
function figuresOfError({ retryAfter, id }: { retryAfter?: unknown; id?: unknown }, format: Format): string[] {
  if (typeof retryAfter === 'number') {
    const [time, unit] = retryAfter < 60 ? [retryAfter, 'second'] : [Math.ceil(retryAfter / 60), 'minute'];
    return [new Intl.NumberFormat(format.language, { style: 'unit', unit, unitDisplay: 'long' }).format(time)];
  }
  return typeof id === 'string' ? [id] : [];
}
