import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desktop, inspect, launch, look, narrow, settled, signIn, visit } from './support/browser';
import { type Gateway, startGateway } from './support/gateway';

/** An installation that nobody has set up, and the demonstration without a payment provider. */
let empty: Gateway;
let withoutProvider: Gateway;
let browser: Browser;
const password = randomUUID();

beforeAll(async () => {
  [empty, withoutProvider, browser] = await Promise.all([
    startGateway(undefined, { DEMO: 'false' }),
    startGateway(undefined, { PAYMENT_PROVIDER: 'none' }),
    launch(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([empty?.stop(), withoutProvider?.stop()]);
});

const create = (role: string) =>
  empty.commandWith(
    `${password}\n`,
    'account',
    'create',
    '--role',
    role,
    '--email',
    `${role}@x.example`,
    '--name',
    role,
  );

async function enter(page: Page, role: string): Promise<void> {
  await page.goto('/');
  await page.locator('input[type=email]').fill(`${role}@x.example`);
  await page.locator('input[type=password]').fill(password);
  await page.locator('input[type=password]').press('Enter');
  await page.locator('main#main').waitFor();
}

test('an empty installation leads from the sign-in to the owner, the organisation, and then the pages', async () => {
  const command = /^billing account create --role owner/;
  for (const size of [desktop, narrow]) {
    const { page, close } = await visit(browser, empty.url, { size });
    await page.goto('/');
    await page.getByRole('heading', { name: 'Create the first owner' }).waitFor();
    await page.getByText(command).waitFor();
    await settled(page);
    await inspect(page);
    await close();
  }
  await create('owner');
  await create('staff');
  const { page, close } = await visit(browser, empty.url);
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await page.getByText(command).count()).toBe(0);
  await enter(page, 'staff');
  await page.getByText('An owner has to sign in and fill in the settings.').waitFor();
  await page.context().clearCookies();
  await enter(page, 'owner');
  for (const path of ['/', '/plans/new', '/ageing', '/customers', '/customers/new', '/estimates/new', '/invoices']) {
    await look(page, path, 'Set up your organisation');
  }
  await page.setViewportSize(narrow);
  await look(page, '/', 'Set up your organisation');
  await page.getByRole('link', { name: 'Go to settings' }).click();
  await page.getByLabel('Legal name').fill('Lumen');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByText('Your organisation is not registered yet.').waitFor({ state: 'detached' });
  await look(page, '/plans/new', 'New plan');
  await look(page, '/ageing', 'Ageing');
  await look(page, '/', 'Work list');
  await close();
});

test('without a payment provider no page offers to pay online, and the owner reads how to set one up', async () => {
  const { page, close } = await signIn(browser, withoutProvider.url, 'customer');
  for (const [path, heading] of [
    ['/', /./],
    ['/invoices', 'Invoices'],
    ['/statement', 'Statement'],
    ['/payment-method', /./],
  ] as const) {
    await look(page, path, heading);
    expect(await page.getByRole('link', { name: /\bPay\b/ }).count(), path).toBe(0);
    expect(await page.getByRole('button', { name: /\b(Pay|Update|Change the card)\b/ }).count(), path).toBe(0);
    expect(await page.getByText('no money moves').count(), path).toBe(0);
  }
  await page.goto('/invoices');
  await page.getByRole('row').nth(1).waitFor();
  expect(await page.getByRole('checkbox').count()).toBe(0);
  await page.goto('/pay?due=all');
  await page.getByText('You cannot pay online here.').waitFor();
  await close();
  const owner = await signIn(browser, withoutProvider.url, 'owner', { size: narrow });
  await look(owner.page, '/settings/portal', 'Settings');
  await owner.page.getByText('Online payment is off').waitFor();
  await owner.page.getByText(/PAYMENT_PROVIDER/).waitFor();
  await owner.close();
});
