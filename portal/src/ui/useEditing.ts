import type { UseFormReturnType } from '@mantine/form';
import { useEffect, useRef, useState } from 'react';
import { useDraft } from './useDraft';

/** What is edited, as the server has it now. */
interface Read<Values> {
  version: number;
  values: Values;
}

export interface Editing<Values> {
  form: UseFormReturnType<Values>;
  /** The version that the form began with: goes into `expectedVersion`, so that nobody's change is written over unseen. */
  expectedVersion: () => number;
  /** It is saved: what stands in the form is what the server has. */
  saved: (version: number) => void;
  /** Somebody was faster, and the person knows: the next try is about what is there now. */
  conflictSeen: () => void;
  /** Whether what was typed before has come back and differs from what the server has. */
  isUnsaved: boolean;
  /** Goes back to what the server has. */
  discard: () => void;
}

/**
 * A form about something that others may change meanwhile. Untouched, it follows what the server has; what was typed
 * stays, and is refused as a conflict where somebody was faster. Nothing typed is lost (see `useDraft`).
 */
export function useEditing<Values extends Record<string, unknown>>(key: string, now: Read<Values>): Editing<Values> {
  const { form, forget, isRestored } = useDraft(key, { initialValues: now.values });
  const [isUnsaved, setUnsaved] = useState(() => isRestored && !alike(form.getValues(), now.values));
  const base = useRef(now);
  const latest = useRef(now);
  latest.current = now;
  const tools = useRef({ form, forget });
  tools.current = { form, forget };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is what there is to follow
  useEffect(() => {
    const { form, forget } = tools.current;
    const isTouched = !alike(form.getValues(), base.current.values);
    if (isTouched || latest.current.version === base.current.version) return;
    base.current = latest.current;
    if (alike(form.getValues(), latest.current.values)) return;
    form.setValues(latest.current.values);
    forget();
  }, [now.version]);
  return {
    form,
    expectedVersion: () => base.current.version,
    saved: (version) => {
      base.current = { version, values: form.getValues() };
      forget();
      setUnsaved(false);
    },
    conflictSeen: () => {
      base.current = { ...base.current, version: latest.current.version };
    },
    isUnsaved,
    discard: () => {
      base.current = latest.current;
      form.setValues(latest.current.values);
      form.clearErrors();
      forget();
      setUnsaved(false);
    },
  };
}

const alike = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
