import type { UseFormReturnType } from '@mantine/form';
import { type ClipboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineActions } from './LineFields';
import { linesOfTable } from './paste';
import { blankLine, type DocumentValues, isBlank, noTax } from './values';

/** Adds, moves and removes lines; the focus goes along, and a screen reader is told where a line went. */
export function useLines(form: UseFormReturnType<DocumentValues>, within: RefObject<HTMLElement | null>) {
  const { t } = useTranslation('editor');
  const [said, say] = useState('');
  const next = useRef<{ at: number; fields: readonly string[] } | null>(null);
  // Lines are not drawn again for what is typed in others: what they do is about what stands there then.
  const linesNow = () => form.getValues().lines;
  useEffect(() => {
    const wanted = next.current;
    next.current = null;
    if (!wanted) return;
    for (const field of wanted.fields) {
      const selector = `[data-line="${wanted.at}"][data-field="${field}"]:not(:disabled)`;
      const found = within.current?.querySelector<HTMLElement>(selector);
      if (found) return found.focus();
    }
  });
  const focus = (at: number, ...fields: string[]) => {
    next.current = { at, fields };
  };
  const taxAfter = (at: number) => linesNow()[at]?.tax ?? noTax;
  const add = () => {
    const lines = linesNow();
    focus(lines.length, 'description');
    form.insertListItem('lines', blankLine(taxAfter(lines.length - 1)));
  };
  const actionsOf = (at: number): LineActions => ({
    onEnter: (field) => {
      if (at === linesNow().length - 1) return add();
      within.current?.querySelector<HTMLElement>(`[data-line="${at + 1}"][data-field="${field}"]`)?.focus();
    },
    onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => {
      const table = linesOfTable(event.clipboardData.getData('text/plain'), taxAfter(at));
      if (!table) return;
      event.preventDefault();
      const lines = linesNow();
      const line = lines[at];
      const before = line && isBlank(line) ? lines.slice(0, at) : lines.slice(0, at + 1);
      focus(before.length + table.length - 1, 'description');
      form.setFieldValue('lines', [...before, ...table, ...lines.slice(at + 1)]);
      say(t('pasted', { count: table.length }));
    },
    onMove: (by) => {
      focus(at + by, ...(by < 0 ? ['up', 'down'] : ['down', 'up']));
      form.reorderListItem('lines', { from: at, to: at + by });
      say(t('moved', { from: at + 1, to: at + by + 1 }));
    },
    onRemove: () => {
      focus(Math.min(at, linesNow().length - 2), 'description');
      form.removeListItem('lines', at);
      say(t('removed', { number: at + 1 }));
    },
  });
  return { add, actionsOf, said };
}
