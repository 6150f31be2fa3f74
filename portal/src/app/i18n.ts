import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
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

/** What the person chose, else what the browser prefers. */
function preferred(): Language {
  const stored = languageOf(localStorage.getItem(chosen));
  return stored ?? navigator.languages.map(languageOf).find((language) => language !== null) ?? 'en';
}

/** Starts translating; the words that every page needs are loaded at once, those of a page with the page. */
export async function startTranslating(): Promise<void> {
  i18next.use(initReactI18next).use({
    type: 'backend' as const,
    read: (language: string, namespace: string, done: (error: unknown, words: object | null) => void) => {
      const load = files[`../locales/${language}/${namespace}.json`];
      if (!load) return done(new Error(`no words of ${namespace} in ${language}`), null);
      load().then(
        (module) => done(null, module.default),
        (error: unknown) => done(error, null),
      );
    },
  });
  await i18next.init({
    lng: preferred(),
    supportedLngs: Object.keys(languages),
    fallbackLng: false,
    ns: boot.signedIn ? ['common'] : ['common', 'signin'],
    defaultNS: 'common',
    interpolation: { escapeValue: false }, // React escapes.
    react: { useSuspense: true },
  });
  document.documentElement.lang = i18next.language;
}

/** Speaks another language from now on, as chosen by the person. */
export async function choose(language: Language): Promise<void> {
  localStorage.setItem(chosen, language);
  await speak(language);
}

/** Speaks the language of the customer's documents, unless the person chose one. */
export async function speakUnlessChosen(tag: string | null | undefined): Promise<void> {
  const language = languageOf(tag);
  if (language && !localStorage.getItem(chosen) && language !== i18next.language) await speak(language);
}

async function speak(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
