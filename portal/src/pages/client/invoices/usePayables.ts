import { isId } from '../../../api/ids';
import { type Data, useData } from '../../../api/useData';
import { type PayablePartsFragment, PayablesDocument, type PayablesQuery } from './pay.generated';

export type Payable = PayablePartsFragment;

/** The most invoices that one payment settles. */
export const mostAtOnce = 500;

/** What the address asks to pay: some invoices, or everything that is due in a currency (in any, where it is null). */
export type Asked = { ids: readonly string[] } | { everything: true; currency: string | null };

/** The invoices to be paid, in one request; those that are not there are left out. */
export function usePayables(asked: Asked): Data<PayablesQuery> {
  const isNamed = 'ids' in asked;
  return useData(
    PayablesDocument,
    isNamed ? { invoices: asked.ids, currency: null } : { invoices: null, currency: asked.currency },
    { paused: isNamed && (asked.ids.length === 0 || asked.ids.length > mostAtOnce) },
  );
}

/** The invoices that an address such as `/pay?invoices=a,b` names, each once; what is no id is left out. */
export const invoicesNamed = (list: string | null): string[] => [
  ...new Set((list ?? '').split(',').filter((id) => isId(id))),
];
