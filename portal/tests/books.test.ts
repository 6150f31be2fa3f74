import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, signIn } from './support/browser';
import { browser, gateway } from './support/site';

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`ageing and activity are accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'accountant', { size, scheme });
      await look(page, '/ageing', 'Ageing');
      await look(page, '/activity', 'Activity');
      await page.getByRole('button', { name: 'Show the record' }).first().click();
      await page.getByRole('region', { name: 'Record of the event' }).first().waitFor();
      await inspect(page);
      await close();
    });
  }
}

const money = (amount: string) =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' }).format(amount as `${number}`);

test('ageing is what the server says, on today and on any other day', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  const { organisation } = await ask<{ organisation: { today: string } }>(
    gateway.url,
    'accountant',
    '{ organisation { today } }',
  );
  await page.goto('/ageing');
  const day = page.getByLabel('As of');
  expect(await day.inputValue()).toBe(organisation.today);
  const before = new Date(Date.parse(`${organisation.today}T00:00:00Z`) - 60 * 86_400_000).toISOString().slice(0, 10);
  for (const asOf of [organisation.today, before]) {
    await day.fill(asOf);
    const { ageing } = await ask<{
      ageing: {
        totals: { due: { amount: string }; days1To30: { amount: string } }[];
        customers: { nodes: { customer: { name: string } }[] };
      };
    }>(
      gateway.url,
      'accountant',
      `query($asOf: Date!) { ageing(asOf: $asOf) {
         totals { due { amount } days1To30 { amount } } customers { nodes { customer { name } } } } }`,
      { asOf },
    );
    const totals = page.getByRole('table', { name: /All together on/ });
    await totals
      .getByRole('cell', { name: money(ageing.totals[0]?.due.amount ?? '') })
      .first()
      .waitFor();
    const byCustomer = page.getByRole('table', { name: 'By customer' });
    expect((await byCustomer.getByRole('link').allInnerTexts()).sort()).toEqual(
      ageing.customers.nodes.map(({ customer }) => customer.name).sort(),
    );
  }
  expect(page.url()).toContain(`day=${before}`);
  await page.getByRole('button', { name: 'Today' }).click();
  expect(await day.inputValue()).toBe(organisation.today);
  await day.fill('2001-01-01');
  await page.getByText('Nobody owed anything on 1 Jan 2001.').waitFor();
  await page.getByRole('button', { name: 'Today' }).click();
  await page.getByRole('link', { name: 'Café Morgenrot' }).click();
  await page.getByRole('heading', { level: 1, name: 'Café Morgenrot' }).waitFor();
  await close();
});

test('the activity shows what happens at once, with its record, by customer, page by page', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/activity');
  const events = page.getByRole('region', { name: 'Events' }).getByRole('listitem');
  await events.first().waitFor();
  const first = await events.first().textContent();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Page 2').waitFor();
  await expect.poll(() => events.first().textContent()).not.toBe(first);
  await page.getByRole('button', { name: 'Previous' }).click();
  const { estimates } = await ask<{ estimates: { nodes: { id: string }[] } }>(
    gateway.url,
    'staff',
    '{ estimates(filter: { number: "EST-00006" }) { nodes { id } } }',
  );
  await ask(
    gateway.url,
    'staff',
    'mutation($input: CommentOnEstimateInput!) { commentOnEstimate(input: $input) { userErrors { message } } }',
    { input: { estimateId: estimates.nodes[0]?.id, text: 'A word for the record.' } },
  );
  const newest = events.filter({ hasText: 'A word for the record.' });
  await newest.getByRole('link', { name: 'Lighthouse Dental' }).waitFor(); // Whom it concerns.
  await newest.getByRole('button', { name: 'Show the record' }).click();
  await newest.getByRole('region').getByText('EstimateCommented').waitFor();
  await newest.getByRole('link', { name: 'EST-00006' }).click();
  await page.getByRole('heading', { level: 1, name: 'Estimate EST-00006' }).waitFor();
  await page.goto('/activity');
  const customer = page.getByRole('combobox', { name: 'Of which customer' });
  await customer.fill('alder');
  await page.getByRole('option', { name: 'Alder & Sons' }).click();
  await page.waitForURL(/customer=/);
  await events.filter({ hasText: 'Paper prices rose.' }).waitFor();
  expect(await events.filter({ hasText: 'A word for the record.' }).count()).toBe(0);
  await close();
});
