import { randomUUID } from 'node:crypto';
import type { Role } from './browser';
import { password } from './gateway';

/** Asks the server as somebody of the demonstration, past the pages: what it says is what has happened. */
export async function ask<Data>(
  url: string,
  role: Role,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const send = async (body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const { data, errors } = (await answer.json()) as { data: unknown; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const signIn = `mutation { signIn(email: "${role}@demo.example", password: "${password}") { token } }`;
  const { signIn: session } = (await send({ query: signIn })) as { signIn: { token: string } };
  const headers = { authorization: `Bearer ${session.token}`, 'idempotency-key': randomUUID() };
  return (await send({ query, variables }, headers)) as Data;
}

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
