import { expect, test } from 'vitest';
import { desktop, inspect, narrow, signIn, visit } from './support/browser';
import { browser, gateway } from './support/site';

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the sign-in is accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await visit(browser, gateway.url, { size, scheme });
      await page.goto('/');
      await page.getByRole('heading', { level: 1, name: /Sign in/ }).waitFor();
      await inspect(page);
      await close();
    });
  }
}

test('a wrong password is refused, and what was typed stays', async () => {
  const { page, close } = await visit(browser, gateway.url);
  await page.goto('/invoices');
  await page.getByLabel('E-mail address').fill('customer@demo.example');
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('E-mail address').inputValue()).toBe('customer@demo.example');
  await page.getByLabel('Password', { exact: true }).fill('harbour-demo-2026');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Invoices' }).waitFor(); // What was asked for.
  await close();
});

test('a demonstration sign-in is one click, and signing out leads back', async () => {
  const { page, close } = await visit(browser, gateway.url);
  await page.goto('/');
  await page.getByRole('button', { name: 'Accountant' }).click();
  await page.getByRole('button', { name: /Account of Ada Brandt/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: /Sign in/ }).waitFor();
  await close();
});

test('a session that ends asks for the password over the page, which stays as it is', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/estimates');
  await page.getByRole('table').waitFor();
  await context.clearCookies();
  await page.getByLabel('Which estimates').selectOption({ label: 'Declined' });
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByLabel('Password', { exact: true }).fill('harbour-demo-2026');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Which estimates').inputValue()).toBe('declined');
  await page.getByRole('link', { name: 'EST-00005' }).waitFor();
  await close();
});
