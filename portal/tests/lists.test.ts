import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, narrow, settled, signIn, visit } from './support/browser';
import { issue } from './support/invoices';
import { browser, gateway } from './support/site';

const isAtTop = (page: Page) => expect.poll(() => page.evaluate(() => window.scrollY)).toBe(0);
const rows = (page: Page) => page.getByRole('table').getByRole('row');

for (const [name, size] of Object.entries({ desktop, narrow })) {
  test(`a list returns to the page one came from, and a page begins at its top, on ${name}`, async () => {
    const { page, close } = await signIn(browser, gateway.url, 'staff', { size });
    await page.goto('/invoices?sort=oldest');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('sort')).toBe('oldest');
    expect(new URL(page.url()).searchParams.get('after')).not.toBeNull();
    await isAtTop(page);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await settled(page);
    await inspect(page);
    const second = page.url();
    const first = await rows(page).nth(1).innerText();

    await rows(page).nth(1).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /INV-/ }).waitFor();
    await page.goBack();
    await page.getByText('Page 2', { exact: true }).waitFor();
    expect(await rows(page).nth(1).innerText()).toBe(first);
    await rows(page).nth(1).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /INV-/ }).waitFor();
    await page.locator('main').getByRole('link', { name: 'Invoices' }).click();
    await page.getByText('Page 2', { exact: true }).waitFor();
    expect(page.url()).toBe(second);

    await page.reload();
    await page.getByText('Page 2', { exact: true }).waitFor();
    expect(await rows(page).nth(1).innerText()).toBe(first);
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('Page 1', { exact: true }).waitFor();
    expect(page.url()).not.toContain('after');
    await page.goto(second);
    await page.getByLabel('Search', { exact: false }).first().fill('INV');
    await page.waitForURL((url) => url.searchParams.has('q') && !url.searchParams.has('after'));
    await close();
  });
}

test('a page opened without a network comes by itself once there is one', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'owner', { forgiven: /./ });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.route(/assets\/(Plans|EditPlan)-.*\.js/, (route) => route.abort()); // Nothing of it was fetched before.
  await context.setOffline(true);
  await page.getByRole('link', { name: 'Plans' }).click();
  await page.getByRole('button', { name: 'Reload the page' }).waitFor();
  await page.unroute(/assets\/(Plans|EditPlan)-.*\.js/);
  await context.setOffline(false);
  await page.getByRole('heading', { level: 1, name: 'Plans' }).waitFor();

  // The same where its program is there, and its words are not.
  await page.route(/assets\/customers-.*\.js/, (route) => route.abort());
  await page.goto('/');
  await context.setOffline(true);
  await page.getByRole('link', { name: 'Ageing' }).click();
  await page.getByRole('button', { name: 'Reload the page' }).waitFor();
  await page.unroute(/assets\/customers-.*\.js/);
  await context.setOffline(false);
  await page.getByRole('heading', { level: 1, name: 'Ageing' }).waitFor();
  await close();
});

test('where payments go to the sandbox every page says so, from the sign-in on', async () => {
  const note = 'Test mode: payments go to a sandbox, no money moves.';
  for (const size of [desktop, narrow]) {
    const stranger = await visit(browser, gateway.url, { size });
    await stranger.page.goto('/');
    await stranger.page.getByText(note).waitFor();
    await stranger.close();
    const { page, close } = await signIn(browser, gateway.url, 'customer', { size });
    for (const path of ['/', '/invoices', '/statement', '/merchant', '/nowhere']) {
      await page.goto(path);
      await page.getByText(note).waitFor();
    }
    await inspect(page);
    await close();
  }
});

test('everything that is due is paid at once, from the list and from the statement, also hundreds', async () => {
  const { viewer } = await ask<{ viewer: { customerId: string } }>(
    gateway.url,
    'customer',
    '{ viewer { customerId } }',
  );
  for (let from = 0; from < 60; from += 10) {
    await Promise.all(
      Array.from({ length: 10 }, () => issue(gateway.url, viewer.customerId, { currency: 'EUR', price: '1.00' })),
    );
  }
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/statement');
  await page.getByRole('link', { name: 'Pay everything that is due' }).click();
  await page.getByRole('heading', { level: 1, name: 'Pay' }).waitFor();
  await page.getByRole('button', { name: /Show all \d+ invoices/ }).waitFor();
  await settled(page);
  await inspect(page);
  // A selection of many: its address stays short, and a reload keeps it.
  await page.getByRole('button', { name: /Show all/ }).click();
  await page
    .getByRole('button', { name: /^Take .* off$/ })
    .last()
    .click();
  await page.waitForURL(/set=/);
  expect(page.url().length).toBeLessThan(200);
  await page.reload();
  await page.getByRole('button', { name: /Show all/ }).waitFor();
  await page.goto('/invoices');
  await page.getByRole('link', { name: 'Pay everything that is due' }).click();
  await page.getByRole('button', { name: /Show all/ }).waitFor();
  const another = page.getByLabel('Another card or bank account');
  if (await another.isVisible()) await another.check();
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByRole('button', { name: /^Pay / }).click();
  await page.getByText(/^Thank you: /).waitFor({ timeout: 30_000 });
  await inspect(page);
  const left = await ask<{ payables: { invoices: { due: { amount: string }; reserved: { amount: string } }[] } }>(
    gateway.url,
    'customer',
    '{ payables(currency: "EUR") { invoices { due { amount } reserved { amount } } } }',
  );
  expect(left.payables.invoices.filter(({ due, reserved }) => Number(due.amount) > Number(reserved.amount))).toEqual(
    [],
  );
  await close();
});
