import { type FormErrors, type UseFormReturnType, useForm } from '@mantine/form';
import { useEffect, useRef, useState } from 'react';

/**
 * A form that loses nothing: what is typed is kept in the tab until it is sent, so that leaving the page, a lost session
 * or a reload brings it back. `key` names the form and what it is about; passwords have no place in it.
 */
export function useDraft<Values extends Record<string, unknown>>(
  key: string,
  options: { initialValues: Values; validate?: (values: Values) => FormErrors },
): { form: UseFormReturnType<Values>; isRestored: boolean; forget: () => void; startOver: () => void } {
  const place = `billing-draft:${key}`;
  const restored = useRef<Values | null | undefined>(undefined);
  if (restored.current === undefined) restored.current = read<Values>(place);
  const form = useForm<Values>({
    mode: 'controlled',
    initialValues: restored.current ? { ...options.initialValues, ...restored.current } : options.initialValues,
    validate: options.validate,
  });
  const [isRestored, setRestored] = useState(restored.current !== null);
  const touched = useRef(false);
  const { values } = form;
  const first = useRef(values);
  useEffect(() => {
    if (values !== first.current) touched.current = true;
    if (touched.current) sessionStorage.setItem(place, JSON.stringify(values));
  }, [values, place]);
  const forget = () => {
    touched.current = false;
    first.current = form.getValues();
    sessionStorage.removeItem(place);
    setRestored(false);
  };
  return {
    form,
    isRestored,
    forget,
    startOver: () => {
      form.setValues(options.initialValues);
      form.clearErrors();
      forget();
    },
  };
}

function read<Values>(place: string): Values | null {
  const text = sessionStorage.getItem(place);
  return text === null ? null : (JSON.parse(text) as Values);
}

/** Forgets what was typed into a form whose page is not open any more. */
export const forgetDraft = (key: string): void => sessionStorage.removeItem(`billing-draft:${key}`);

/** Forgets every draft of the tab: who signs out leaves nothing behind. */
export function forgetDrafts(): void {
  for (const place of Object.keys(sessionStorage)) {
    if (place.startsWith('billing-draft:')) sessionStorage.removeItem(place);
  }
}
