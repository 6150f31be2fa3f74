import { randomUUID } from 'node:crypto';
import type { Role } from './browser';
import { password } from './gateway';

/** The API as a program uses it: to see what the server knows, and to do what other people do meanwhile. */
export async function ask<Result>(url: string, role: Role, query: string, variables: object = {}): Promise<Result> {
  return send<Result>(url, query, variables, { authorization: `Bearer ${await tokenOf(url, role)}` });
}

const tokens = new Map<string, Promise<string>>();

function tokenOf(url: string, role: Role): Promise<string> {
  const key = `${role} ${url}`;
  const known = tokens.get(key);
  if (known) return known;
  const token = send<{ signIn: { token: string } }>(
    url,
    'mutation($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }',
    { email: `${role}@demo.example`, password },
  ).then(({ signIn }) => signIn.token);
  tokens.set(key, token);
  token.catch(() => tokens.delete(key));
  return token;
}

async function send<Result>(url: string, query: string, variables: object, headers = {}): Promise<Result> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: Result | null; errors?: unknown };
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}
