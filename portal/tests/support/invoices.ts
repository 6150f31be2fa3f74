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

/** Issues an invoice over one thing without tax. */
export async function issue(
  url: string,
  customerId: string,
  { currency, price }: { currency: string; price: string },
): Promise<{ invoice: string; number: string }> {
  const lines = [
    { description: 'One thing', quantity: '1', unitPrice: price, tax: { category: 'ZERO_RATED', percent: '0' } },
  ];
  const { draftInvoice } = await ask<{ draftInvoice: { invoice: { id: string } | null; userErrors: unknown } }>(
    url,
    'staff',
    'mutation ($input: DraftInvoiceInput!) { draftInvoice(input: $input) { invoice { id } userErrors { code field } } }',
    { input: { customerId, document: { currency, lines } } },
  );
  if (!draftInvoice.invoice) throw new Error(JSON.stringify(draftInvoice.userErrors));
  const { issueInvoice } = await ask<{ issueInvoice: { invoice: { id: string; number: string } } }>(
    url,
    'staff',
    'mutation ($input: IssueInvoiceInput!) { issueInvoice(input: $input) { invoice { id number } } }',
    { input: { invoiceId: draftInvoice.invoice.id } },
  );
  return { invoice: issueInvoice.invoice.id, number: issueInvoice.invoice.number };
}
