import { type Data, useData } from '../../../api/useData';
import { minus } from './amounts';
import { type OpenInvoicePartsFragment, StaffOpenInvoicesDocument } from './settling.generated';

export interface OpenInvoice extends OpenInvoicePartsFragment {
  /** What is due and not reserved by a payment that is under way. */
  payable: string;
}

export interface OpenInvoices {
  of: Data<unknown>;
  /** The longest due first. */
  invoices: readonly OpenInvoice[];
  /** Whether there are more than are shown. */
  more: boolean;
}

/** What a customer has to pay in a currency; nothing is asked while either is unknown. */
export function useOpenInvoices(customerId: string | null, currency: string | null): OpenInvoices {
  const of = { customerId, currency };
  const found = useData(
    StaffOpenInvoicesDocument,
    { unpaid: { ...of, status: 'UNPAID' }, partly: { ...of, status: 'PARTIALLY_PAID' } },
    { paused: !customerId || !currency },
  );
  const lists = customerId && currency && found.data ? [found.data.unpaid, found.data.partly] : [];
  return {
    of: found,
    invoices: lists
      .flatMap(({ nodes }) => nodes)
      .map((invoice) => ({ ...invoice, payable: minus(invoice.due.amount, invoice.reserved.amount) }))
      .sort((one, other) => `${one.dueDate} ${one.number}`.localeCompare(`${other.dueDate} ${other.number}`)),
    more: lists.some(({ pageInfo }) => pageInfo.hasNextPage),
  };
}
