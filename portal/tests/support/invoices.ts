import { ask } from './api';

export interface KnownInvoice {
  id: string;
  version: number;
  status: string;
  due: { amount: string };
  settled: { amount: string };
  customer: { id: string; name: string; balances: { credit: { amount: string } }[] };
  disputes: { outcome: string | null; words: string | null }[];
}

/** An invoice of the demonstration by its number. */
export async function invoiceOf(url: string, number: string): Promise<KnownInvoice> {
  const { invoices } = await ask<{ invoices: { nodes: KnownInvoice[] } }>(
    url,
    'owner',
    `query ($number: String!) { invoices(filter: { number: $number }) { nodes {
      id version status due { amount } settled { amount }
      customer { id name balances { credit { amount } } } disputes { outcome words }
    } } }`,
    { number },
  );
  const [found] = invoices.nodes;
  if (!found) throw new Error(`there is no invoice ${number}`);
  return found;
}
