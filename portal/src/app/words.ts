import type { ViewerQuery } from '../api/viewer.generated';
import { boot } from './boot';

/** The languages that the pages are complete in (`scripts/check-locales.mjs` keeps them so). */
export const languages = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français' } as const;
export type Language = keyof typeof languages;

const chosen = 'billing-language';
const files = import.meta.glob<{ default: object }>('../locales/*/*.json');

export const isLanguage = (text: string): text is Language => text in languages;

/** The language of a tag such as `de-AT`; null where we do not have it. */
export function languageOf(tag: string | null | undefined): Language | null {
  const language = tag?.split('-')[0]?.toLowerCase() ?? '';
  return isLanguage(language) ? language : null;
}

/** The language that the person chose in this browser. */
export const chosenLanguage = (): Language | null => languageOf(localStorage.getItem(chosen));

export const keepLanguage = (language: Language): void => localStorage.setItem(chosen, language);

/** The language of the customer's documents, where it came with the page. */
function documentsLanguage(): Language | null {
  const answer = boot.answers.find(({ name }) => name === 'Viewer')?.data as ViewerQuery | undefined;
  return languageOf(answer?.viewer?.language);
}

/** What the person chose, else the customer's, else what the browser prefers. */
export const preferredLanguage = (): Language =>
  chosenLanguage() ??
  documentsLanguage() ??
  navigator.languages.map(languageOf).find((language) => language !== null) ??
  'en';

/** The texts of a page, or another part, in a language; fetched once. */
export async function words(language: string, name: string): Promise<object> {
  const load = files[`../locales/${language}/${name}.json`];
  if (!load) throw new Error(`no words of ${name} in ${language}`);
  return (await load()).default;
}
