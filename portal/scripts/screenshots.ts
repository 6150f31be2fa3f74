// Writes the main pages as pictures into a folder: screenshots.ts FOLDER [all]. With `all`, every page in both sizes and
// both appearances, to be looked at.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { desktop, launch, narrow, type Person, type Role, settled, signIn, visit } from '../tests/support/browser';
import demonstration from '../tests/support/demonstration';
import { startGateway } from '../tests/support/gateway';

/** A page, or how to come to it from a list: the first link in its table, and from there to its editor. */
type Shot = readonly [name: string, role: Role | null, path: string, open?: 'first' | 'edit'];

const main: readonly Shot[] = [
  ['sign-in', null, '/'],
  ['dashboard', 'customer', '/'],
  ['estimate', 'customer', '/estimates', 'first'],
  ['invoices', 'customer', '/invoices'],
  ['invoice', 'customer', '/invoices', 'first'],
  ['subscription', 'customer', '/subscriptions', 'first'],
  ['statement', 'customer', '/statement'],
  ['work-list', 'staff', '/'],
  ['estimate-editor', 'staff', '/estimates?show=declined', 'edit'],
  ['customer', 'staff', '/customers?q=Lighthouse', 'first'],
];
const more: readonly Shot[] = [
  ['estimates', 'customer', '/estimates'],
  ['subscriptions', 'customer', '/subscriptions'],
  ['payments', 'customer', '/payments'],
  ['payment', 'customer', '/payments', 'first'],
  ['merchant', 'customer', '/merchant'],
  ['my-details', 'customer', '/my-details'],
  ['company', 'customer', '/company'],
  ['payment-method', 'customer', '/payment-method'],
  ['security', 'customer', '/security'],
  ['not-found', 'customer', '/nowhere'],
  ['staff-estimates', 'staff', '/estimates'],
  ['staff-estimate', 'staff', '/estimates', 'first'],
  ['customers', 'staff', '/customers'],
  ['new-customer', 'staff', '/customers/new'],
  ['staff-invoices', 'staff', '/invoices'],
  ['staff-invoice', 'staff', '/invoices', 'first'],
  ['new-invoice', 'staff', '/invoices/new'],
  ['credit-notes', 'staff', '/credit-notes'],
  ['credit-note', 'staff', '/credit-notes', 'first'],
  ['new-credit-note', 'staff', '/credit-notes/new'],
  ['staff-payments', 'staff', '/payments'],
  ['staff-payment', 'staff', '/payments', 'first'],
  ['record-payment', 'staff', '/payments/new'],
  ['staff-subscriptions', 'staff', '/subscriptions'],
  ['staff-subscription', 'staff', '/subscriptions', 'first'],
  ['new-subscription', 'staff', '/subscriptions/new'],
  ['plans', 'staff', '/plans'],
  ['plan', 'staff', '/plans', 'first'],
  ['new-plan', 'staff', '/plans/new'],
  ['ageing', 'accountant', '/ageing'],
  ['activity', 'accountant', '/activity'],
  ['messages', 'staff', '/messages'],
  ['settings', 'owner', '/settings'],
];

/** As from the second visit on, when the font is at hand. */
const laterVisit = (person: Promise<Person>): Promise<Person> =>
  person.then(async (one) => {
    await one.context.addInitScript(() => localStorage.setItem('billing-font', 'yes'));
    await one.page.goto('/');
    await settled(one.page);
    return one;
  });

async function shoot(page: Page, [name, , path, open]: Shot, file: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await settled(page);
  if (open) {
    await page.getByRole('main').getByRole('table').getByRole('link').first().click();
    await page.waitForURL(/[0-9a-f-]{36}/);
    if (open === 'edit') await page.goto(`${page.url()}/edit`);
    await page.waitForTimeout(500); // Until the page that was left is gone.
    await settled(page);
  }
  await page.screenshot({ path: file, fullPage: process.argv[3] === 'all' });
  console.log(name);
}

const folder = resolve(process.argv[2] ?? 'screenshots');
const everything = process.argv[3] === 'all';
mkdirSync(folder, { recursive: true });
const removeDemonstration = await demonstration();
const [gateway, browser] = await Promise.all([startGateway(), launch()]);
const wanted = everything ? [...main, ...more] : main;
const looks = everything
  ? [desktop, narrow].flatMap((size) => (['light', 'dark'] as const).map((scheme) => ({ size, scheme })))
  : [{ size: desktop, scheme: 'light' as const }];
for (const look of looks) {
  for (const role of new Set(wanted.map(([, role]) => role))) {
    const { page, context } = await laterVisit(
      role ? signIn(browser, gateway.url, role, look) : visit(browser, gateway.url, look),
    );
    for (const shot of wanted.filter(([, who]) => who === role)) {
      const suffix = everything ? `-${look.size.width}-${look.scheme}` : '';
      await shoot(page, shot, join(folder, `${shot[0]}${suffix}.png`)).catch((error) =>
        console.error(shot[0], String(error)),
      );
    }
    await context.close();
  }
}
if (!everything) {
  const { page, context } = await laterVisit(
    signIn(browser, gateway.url, 'customer', { size: narrow, scheme: 'dark' }),
  );
  await shoot(page, ['dashboard-narrow', 'customer', '/'], join(folder, 'dashboard-narrow.png'));
  await context.close();
}
await browser.close();
await gateway.stop();
removeDemonstration();
