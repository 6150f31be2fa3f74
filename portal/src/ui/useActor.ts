import { useTranslation } from 'react-i18next';

/** Who did something: a person by name; what the server does by itself, in the person's language. */
export function useActor(): (name: string) => string {
  const { t, i18n } = useTranslation();
  return (name) => {
    const found: unknown = i18n.getResource(i18n.language, 'common', `actor.${name}`);
    return typeof found === 'string' ? t(`actor.${name}` as 'actor.Refunds') : name;
  };
}
