import { languages } from '../../../app/words';
import { useFormat } from '../../../ui/format';

/** The portal's languages, and the one the customer has where that is another. */
export function useLanguages(current: string): { value: string; label: string }[] {
  const { language } = useFormat();
  const ours = Object.entries(languages).map(([value, label]) => ({ value, label }));
  if (ours.some(({ value }) => value === current)) return ours;
  return [
    ...ours,
    { value: current, label: new Intl.DisplayNames(language, { type: 'language' }).of(current) ?? current },
  ];
}
