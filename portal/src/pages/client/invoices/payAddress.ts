/** More ids than this make an address that proxies refuse: the tab keeps them instead. */
const mostInAddress = 50;
/** The last sets of invoices that somebody set out to pay; beside the drafts, so that signing out forgets them. */
const place = 'billing-draft:pay-sets';
const mostKept = 4;

type Kept = readonly (readonly [key: string, ids: string])[];
const read = (): Kept => JSON.parse(sessionStorage.getItem(place) ?? '[]');

/** The address to pay these invoices at; of many it works in this tab, once they are kept (`keepSet`). */
export function payAddress(ids: readonly string[]): string {
  return ids.length <= mostInAddress ? `/pay?invoices=${ids.join(',')}` : `/pay?set=${keyOf(ids)}`;
}

/** Keeps what the address of many invoices stands for; to be called as somebody goes there. */
export function keepSet(ids: readonly string[]): void {
  if (ids.length <= mostInAddress) return;
  const key = keyOf(ids);
  const others = read().filter(([other]) => other !== key);
  sessionStorage.setItem(place, JSON.stringify([[key, ids.join(',')], ...others].slice(0, mostKept)));
}

/** The ids that an address names, itself or by what the tab keeps for it. */
export function idsAt(params: URLSearchParams): string | null {
  const set = params.get('set');
  if (set === null) return params.get('invoices');
  return read().find(([key]) => key === set)?.[1] ?? null;
}

/** The same invoices have the same address, whatever their order. */
function keyOf(ids: readonly string[]): string {
  let [high, low] = [0x811c9dc5, 0x1b873593];
  for (const code of [...ids].sort().join(',')) {
    high = Math.imul(high ^ code.charCodeAt(0), 0x01000193);
    low = Math.imul(low ^ code.charCodeAt(0), 0x85ebca6b);
  }
  return [high, low].map((part) => (part >>> 0).toString(36)).join('');
}
