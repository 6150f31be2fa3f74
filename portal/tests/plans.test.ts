import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, signIn } from './support/browser';
import { as } from './support/people';
import { browser, gateway } from './support/site';

let plans: { id: string; name: string }[] = [];

beforeAll(async () => {
  const found = await ask<{ plans: { nodes: typeof plans } }>(
    gateway.url,
    'staff',
    '{ plans(first: 50) { nodes { id name } } }',
  );
  plans = found.plans.nodes;
});

const said = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).first().waitFor();
const pathOf = (name: string) => `/plans/${plans.find((plan) => plan.name === name)?.id}`;

const parts = `name description price { amount currency } interval { unit count } trialDays setupFee { amount } taxCategory
  taxPercent terms archived`;
const planNow = (id: string) =>
  ask<{ plan: object }>(gateway.url, 'staff', `query($id: UUID!) { plan(id: $id) { ${parts} } }`, { id });

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`plans look right on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      await look(page, '/plans', 'Plans');
      await look(page, '/plans?show=archived', 'Plans');
      await look(page, '/plans/new', 'New plan');
      await look(page, pathOf('Hosting'), 'Hosting');
      await page.getByRole('button', { name: 'Archive' }).click();
      await page.getByRole('dialog', { name: 'Archive Hosting' }).waitFor();
      await inspect(page);
      await close();
    });
  }
}

test('a plan is created from what is typed, in the way of any language', () =>
  as('staff', async (page) => {
    await page.goto('/plans');
    await page.getByRole('link', { name: 'New plan' }).click();
    const submit = page.getByRole('button', { name: 'Create the plan' });
    await submit.click();
    await page.getByText('Enter a name.').waitFor();
    await page.getByText('Enter an amount, such as 49.90.').waitFor();
    await page.getByLabel('Name').fill('Backups');
    await page.getByLabel('Description').fill('Every night, kept for a year');
    await page.getByLabel('Price').fill('1.049,90');
    await page.getByLabel('Billed every').fill('3');
    await page.getByLabel('Days of trial').fill('900');
    await page.getByLabel('Set-up fee').fill('25');
    await page.getByLabel('Tax').selectOption({ label: 'USt 7 %' });
    await page.getByLabel('Terms').fill('Cancel at any time.');
    await submit.click();
    await page.getByText('must be between 0 and 730').waitFor();
    expect(await page.getByLabel('Days of trial').getAttribute('aria-invalid')).toBe('true');
    await page.reload(); // Nothing typed is lost.
    expect(await page.getByLabel('Description').inputValue()).toBe('Every night, kept for a year');
    await page.getByLabel('Days of trial').fill('14');
    await submit.click();
    await said(page, 'Backups can be subscribed to now.');
    await page.getByRole('heading', { level: 1, name: 'Backups' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect((await planNow(id)).plan).toEqual({
      name: 'Backups',
      description: 'Every night, kept for a year',
      price: { amount: '1049.90', currency: 'EUR' },
      interval: { unit: 'MONTH', count: 3 },
      trialDays: 14,
      setupFee: { amount: '25.00' },
      taxCategory: 'STANDARD',
      taxPercent: '7',
      terms: 'Cancel at any time.',
      archived: false,
    });
    await page.goto('/plans');
    await page.getByRole('row').filter({ hasText: 'Backups' }).getByText('€1,049.90 every 3 months').waitFor();
  }));

test('a plan is changed, and refused where somebody was faster', () =>
  as('staff', async (page) => {
    await page.goto(pathOf('Website care'));
    const price = page.getByLabel('Price');
    await price.fill('260');
    const { plan } = (await planNow(pathOf('Website care').slice('/plans/'.length))) as { plan: { name: string } };
    expect(plan.name).toBe('Website care');
    await ask(
      gateway.url,
      'owner',
      'mutation($input: UpdatePlanInput!) { updatePlan(input: $input) { userErrors { message } } }',
      {
        input: {
          planId: pathOf('Website care').slice('/plans/'.length),
          details: {
            name: 'Website care',
            description: 'Updates and backups',
            price: '250.00',
            currency: 'EUR',
            interval: { unit: 'MONTH', count: 1 },
            tax: { category: 'STANDARD', percent: '19' },
          },
        },
      },
    );
    await page.getByText('Plan changed').first().waitFor(); // The history is live.
    await page.getByRole('button', { name: 'Save the plan' }).click();
    await said(page, 'Somebody was faster');
    expect(await price.inputValue()).toBe('260');
    await page.getByRole('button', { name: 'Save the plan' }).click();
    await said(page, 'Website care is saved.');
    const now = await planNow(pathOf('Website care').slice('/plans/'.length));
    expect(now.plan).toMatchObject({ price: { amount: '260.00' } });
  }));

test('a plan is archived after a question, and offered no more', () =>
  as('staff', async (page) => {
    await page.goto(pathOf('Newsletter'));
    await page.getByRole('button', { name: 'Archive' }).click();
    const dialog = page.getByRole('dialog', { name: 'Archive Newsletter' });
    await dialog.getByText('Subscriptions that run go on.').waitFor();
    await dialog.getByRole('button', { name: 'Archive the plan' }).click();
    await said(page, 'Newsletter is archived.');
    await page.getByText('Archived', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Save the plan' }).count()).toBe(0);
    await page.goto('/plans');
    await page.getByRole('link', { name: 'Hosting' }).waitFor();
    expect(await page.getByRole('link', { name: 'Newsletter' }).count()).toBe(0);
    await page.getByLabel('Which plans').selectOption({ label: 'Archived' });
    await page.getByRole('link', { name: 'Newsletter' }).waitFor();
  }));

test('accountants read plans', () =>
  as('accountant', async (page) => {
    await page.goto('/plans');
    await page.getByRole('link', { name: 'Hosting' }).click();
    await page.getByRole('heading', { level: 1, name: 'Hosting' }).waitFor();
    await page.getByText('€348.00 a year').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Archive' }).count()).toBe(0);
    await page.goto('/plans/new');
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  }));
