import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { type Role, settled, signIn } from './support/browser';
import { invoiceOf } from './support/invoices';
import { browser, gateway } from './support/site';

type Beginning = string | { query: string };
const beginnings = JSON.parse(readFileSync('src/app/beginnings.json', 'utf8')) as Record<
  'client' | 'staff',
  Record<string, Beginning[]>
>;
const named = (beginning: Beginning) => (typeof beginning === 'string' ? beginning : beginning.query);

/** The names of the queries that the page sends from now on, until it does something: then everything may have changed. */
function asked(page: Page): string[] {
  const names: string[] = [];
  let hasDone = false;
  page.on('request', (request) => {
    if (!request.url().endsWith('/graphql')) return;
    const { operationName = '', query = '' } = request.postDataJSON() as { operationName?: string; query?: string };
    hasDone ||= query.startsWith('mutation');
    if (!hasDone) names.push(operationName);
  });
  return names;
}

/** Something of each kind that the demonstration has, for the addresses of documents. */
async function ids(role: Role): Promise<Record<string, string | undefined>> {
  const lists = ['estimates', 'invoices', 'payments', 'creditNotes', 'subscriptions', 'customers'];
  const known = await ask<Record<string, { nodes: { id: string }[] }>>(
    gateway.url,
    role,
    `{ ${lists.map((list) => `${list}(first: 1) { nodes { id } }`).join(' ')} }`,
  );
  return Object.fromEntries(lists.map((list) => [list, known[list]?.nodes[0]?.id]));
}

for (const [side, role] of [
  ['client', 'customer'],
  ['staff', 'staff'],
] as const) {
  test(`every page of ${side} that comes with data asks for none of it once more, and stands`, async () => {
    const { page, context, close } = await signIn(browser, gateway.url, role);
    await context.routeWebSocket(/graphql\/ws/, () => undefined); // Once the line stands, everything is asked again.
    const known = await ids(role);
    await page.goto('about:blank'); // The page after the sign-in asks for its data itself.
    for (const [path, queries] of Object.entries(beginnings[side])) {
      const list = (path.split('/')[1] ?? '').replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
      const address = path.replace(':id', known[list] ?? 'nothing');
      expect(address, path).not.toContain('nothing');
      const names = asked(page);
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
      expect(
        names.filter((name) => queries.map(named).includes(name)),
        address,
      ).toEqual([]);
    }
    await close();
  });
}

test('a list that the address filters asks for just that', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'customer');
  await context.routeWebSocket(/graphql\/ws/, () => undefined);
  const names = asked(page);
  await page.goto('/invoices?show=paid');
  await page.getByRole('heading', { level: 1, name: 'Invoices' }).waitFor();
  await settled(page);
  expect(names.filter((name) => name === 'Invoices')).toEqual(['Invoices']);
  const { status } = await invoiceOf(gateway.url, 'INV-00016');
  expect(status).toBe('PAID');
  await page.getByRole('link', { name: 'INV-00016' }).waitFor();
  await page.getByLabel('Which invoices').selectOption({ index: 0 }); // All of them: they did not come with this page.
  await expect.poll(() => names.filter((name) => name === 'Invoices').length).toBe(2);
  await close();
});
