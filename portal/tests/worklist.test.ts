import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, look, narrow, settled, signIn } from './support/browser';
import { browser, gateway } from './support/site';

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the work list is accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      await look(page, '/', 'Work list');
      await close();
    });
  }
}

test('every kind of work says how much there is, as the server counts it, and leads to all of it', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  const counted = await ask<Record<string, { totalCount: number }>>(
    gateway.url,
    'staff',
    `{ declined: estimates(filter: { states: [DECLINED] }) { totalCount }
       overdue: invoices(filter: { overdue: true }) { totalCount }
       disputes(filter: { open: true }) { totalCount }
       arrears: subscriptions(filter: { state: PAST_DUE }) { totalCount } }`,
  );
  const kinds = [
    ['Declined estimates to rework', 'declined', '/estimates?show=declined'],
    ['Overdue invoices', 'overdue', '/invoices?show=overdue'],
    ['Open disputes', 'disputes', '/invoices?show=disputed'],
    ['Subscriptions that could not be collected', 'arrears', '/subscriptions?state=PAST_DUE'],
  ] as const;
  for (const [title, key, all] of kinds) {
    const queue = page.getByRole('region', { name: title });
    const count = counted[key]?.totalCount ?? 0;
    await queue.getByRole('heading', { name: `${title} ${count}` }).waitFor();
    expect(await queue.getByRole('listitem').count(), title).toBe(Math.min(count, 5));
    expect(await queue.getByRole('link', { name: `Show all: ${title}` }).getAttribute('href')).toBe(all);
  }
  await page.getByRole('link', { name: 'Show all: Open disputes' }).click();
  await page.getByRole('heading', { level: 1, name: 'Invoices' }).waitFor();
  await page.getByRole('link', { name: 'INV-00014' }).waitFor();
  await page.getByRole('link', { name: 'INV-00013' }).waitFor({ state: 'hidden' });
  await close();
});

test('the customer’s words stand where work begins, and what is done goes away by itself', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  const queue = page.getByRole('region', { name: 'Declined estimates to rework' });
  await queue.getByText('The short films are more than we planned for this year.').waitFor();
  await queue.getByText('The quarter with two films.').waitFor();
  const { estimates } = await ask<{
    estimates: { nodes: { id: string; revisions: { document: { lines: object[] } }[] }[] };
  }>(gateway.url, 'staff', '{ estimates(filter: { states: [DECLINED] }) { nodes { id } } }');
  await ask(
    gateway.url,
    'staff',
    'mutation($input: ReviseEstimateInput!) { reworkEstimate(input: $input) { userErrors { message } } }',
    {
      input: {
        estimateId: estimates.nodes[0]?.id,
        document: { currency: 'EUR', lines: [{ lineId: 1, description: 'Less', quantity: '1', unitPrice: '100' }] },
      },
    },
  );
  await queue.waitFor({ state: 'hidden' });
  // It is not done before it is offered again.
  const reworked = page.getByRole('region', { name: 'Reworked estimates, not offered yet' });
  await reworked.getByText('The quarter with two films.').waitFor();
  await close();
});

test('a first load begins at the top, wherever another page was scrolled to', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/invoices');
  await page.getByRole('link', { name: 'INV-00026' }).waitFor();
  await page.evaluate(() => window.scrollTo(0, 600));
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(600);
  await page.goto('/activity');
  await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
  await settled(page);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  await close();
});
