import { useEffect, useState } from 'react';
import type { Money } from '../../../ui/format';
import type { InvoiceRowFragment } from './invoices.generated';
import { payableOf } from './payable';

export interface Chosen {
  id: string;
  payable: Money;
}

// Beside the drafts: signing out forgets it too.
const place = 'billing-draft:chosen-invoices';

const read = (): ReadonlyMap<string, Chosen> => new Map(JSON.parse(sessionStorage.getItem(place) ?? '[]'));

function keep(chosen: ReadonlyMap<string, Chosen>): void {
  if (chosen.size === 0) sessionStorage.removeItem(place);
  else sessionStorage.setItem(place, JSON.stringify([...chosen]));
}

/** What is paid is not chosen any more. */
export function forgetChosen(ids: readonly string[]): void {
  keep(new Map([...read()].filter(([id]) => !ids.includes(id))));
}

/**
 * The invoices that are chosen to be paid together: they stay chosen on other pages of the list and for who comes back
 * from paying, and those that are shown count with what is due on them now, or no longer where nothing is.
 */
export function useSelection(rows: readonly InvoiceRowFragment[]) {
  const [kept, setKept] = useState(read);
  useEffect(() => keep(kept), [kept]);
  const shown = new Map(rows.map((row) => [row.id, payableOf(row)]));
  const chosen = [...kept.values()].flatMap((one) => {
    const now = shown.has(one.id) ? shown.get(one.id) : one.payable;
    return now ? [{ id: one.id, payable: now }] : [];
  });
  const ids = new Set(chosen.map(({ id }) => id));
  const selectable = rows.filter((row) => payableOf(row));
  const change = (which: readonly InvoiceRowFragment[], isChosen: boolean) =>
    setKept((before) => {
      const after = new Map(before);
      for (const row of which) {
        const payable = payableOf(row);
        if (isChosen && payable) after.set(row.id, { id: row.id, payable });
        else after.delete(row.id);
      }
      return after;
    });
  return {
    chosen,
    selectable,
    has: (id: string) => ids.has(id),
    set: (row: InvoiceRowFragment, isChosen: boolean) => change([row], isChosen),
    setAll: (isChosen: boolean) => change(selectable, isChosen),
    clear: () => setKept(new Map()),
    someSelected: selectable.some(({ id }) => ids.has(id)),
    allSelected: selectable.length > 0 && selectable.every(({ id }) => ids.has(id)),
  };
}
