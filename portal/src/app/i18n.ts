import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { boot } from './boot';
import { chosenLanguage, keepLanguage, type Language, languageOf, languages, preferredLanguage, words } from './words';

/** Starts translating; the words that every page needs are loaded at once, those of a page with the page. */
export async function startTranslating(): Promise<void> {
  i18next.use(initReactI18next).use({
    type: 'backend' as const,
    read: (language: string, namespace: string, done: (error: unknown, words: object | null) => void) => {
      words(language, namespace).then(
        (found) => done(null, found),
        (error: unknown) => done(error, null),
      );
    },
  });
  await i18next.init({
    lng: preferredLanguage(),
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
  keepLanguage(language);
  await speak(language);
}

/** Speaks the language of the customer's documents, unless the person chose one. */
export async function speakUnlessChosen(tag: string | null | undefined): Promise<void> {
  const language = languageOf(tag);
  if (language && !chosenLanguage() && language !== i18next.language) await speak(language);
}

async function speak(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
