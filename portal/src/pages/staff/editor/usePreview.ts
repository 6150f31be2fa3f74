import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useRef } from 'react';
import { useData } from '../../../api/useData';
import type { DocumentPartsFragment } from '../../../ui/document.generated';
import { StaffPreviewDocumentDocument } from './editor.generated';
import { type DocumentValues, previewInputOf, refusalsAt, unreadableIn } from './values';

/** What the document comes to, as the server prices it. */
export interface Preview {
  document: DocumentPartsFragment | null;
  /** What the server would refuse, at the form's fields. */
  errors: Record<string, string>;
  /** What a line comes to, by its key; undefined where that is not known. */
  amountOf: (key: string) => DocumentPartsFragment['lines'][number]['amount'] | undefined;
  /** What was typed where a number has to be, and is none. */
  unreadable: Readonly<Record<string, string>>;
  /** Whether something has been typed since. */
  stale: boolean;
  /** Whether the server could not be asked. */
  failed: boolean;
}

type Answer = Pick<Preview, 'document' | 'errors'> & { keys: readonly string[] };
const nothing: Answer = { document: null, errors: {}, keys: [] };

/** Asks the server, a moment after the last key, what the document would come to and what it would refuse. */
export function usePreview(values: DocumentValues): Preview {
  const [typed] = useDebouncedValue(values, 250);
  const settled = useMemo(() => previewInputOf(typed), [typed]);
  const unreadable = useMemo(() => unreadableIn(typed), [typed]);
  const paused = settled === null;
  const { data, error, refreshing } = useData(
    StaffPreviewDocumentDocument,
    { input: settled?.input ?? { currency: values.currency, lines: [] } },
    { paused },
  );
  const last = useRef(nothing);
  if (paused) {
    last.current = nothing;
  } else if (data && !refreshing) {
    const at = settled.keys.map((key) => values.lines.findIndex((line) => line.key === key));
    const { document, userErrors } = data.previewDocument;
    last.current = { document, errors: refusalsAt(userErrors, at), keys: settled.keys };
  }
  const { document, errors, keys } = last.current;
  return {
    document,
    errors,
    amountOf: (key) => document?.lines[keys.indexOf(key)]?.amount,
    unreadable,
    stale: typed !== values || (refreshing && !paused),
    failed: error !== undefined,
  };
}
