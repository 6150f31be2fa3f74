import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, signIn } from './support/browser';
import { as } from './support/people';
import { browser, gateway } from './support/site';

/** The demonstration's subscriptions by customer and plan. */
const known: Record<string, string> = {};

beforeAll(async () => {
  const { subscriptions } = await ask<{
    subscriptions: { nodes: { id: string; planName: string; customer: { name: string } }[] };
  }>(gateway.url, 'staff', '{ subscriptions(first: 50) { nodes { id planName customer { name } } } }');
  for (const one of subscriptions.nodes) known[`${one.customer.name}: ${one.planName}`] = one.id;
});

const pathOf = (name: string) => {
  expect(known[name], name).toBeDefined();
  return `/subscriptions/${known[name]}`;
};
const care = () => pathOf('Lighthouse Dental: Website care');
const hosting = () => pathOf('Lighthouse Dental: Hosting');

const euro = (amount: string) =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' }).format(Number(amount));

/** The last day of the current period as the pages write it, and the day after. */
async function endOf(name: string): Promise<{ last: string; next: string }> {
  const { subscription } = await ask<{ subscription: { currentPeriod: { end: string } } }>(
    gateway.url,
    'staff',
    'query($id: UUID!) { subscription(id: $id) { currentPeriod { end } } }',
    { id: known[name] },
  );
  const last = new Date(`${subscription.currentPeriod.end}T00:00:00Z`);
  const written = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
  return { last: written.format(last), next: written.format(new Date(last.getTime() + 86_400_000)) };
}

/** Opens one of the actions behind More. */
async function more(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

const said = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).first().waitFor();

async function subscription(id: string) {
  const query = `query($id: UUID!) { subscription(id: $id) {
    state pendingChange { planName } terms { planName quantity } endsAfterPeriods collection } }`;
  const { subscription } = await ask<{
    subscription: {
      state: string;
      pendingChange: { planName: string } | null;
      terms: { planName: string; quantity: string };
      endsAfterPeriods: number | null;
      collection: string;
    };
  }>(gateway.url, 'staff', query, { id });
  return subscription;
}

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the customer's subscriptions look right on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'customer', { size, scheme });
      await look(page, '/subscriptions', 'Subscriptions');
      await look(page, care(), 'Website care');
      await page.getByRole('button', { name: 'Change', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'Change' });
      await dialog.getByLabel('Quantity').fill('2');
      await dialog.getByText(/It holds from/).waitFor();
      await inspect(page);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await more(page, 'Cancel subscription');
      await page.getByRole('dialog', { name: 'Cancel subscription' }).waitFor();
      await inspect(page);
      await close();
    });

    test(`staff's subscriptions look right on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      await look(page, '/subscriptions', 'Subscriptions');
      await look(page, pathOf('Café Morgenrot: Newsletter'), 'Newsletter');
      await page.getByText(/could not be collected.*tried (once|\d+ times).*tried again on/).waitFor();
      await look(page, pathOf('Kite School Sylt: Website care'), 'Website care');
      await page.getByText(/Paused since/).waitFor();
      await look(page, '/subscriptions/new', 'Start a subscription');
      await close();
    });
  }
}

test('the list says what each costs how often, and its filter is kept in the address', () =>
  as('customer', async (page) => {
    await page.goto('/subscriptions');
    const row = page.getByRole('row').filter({ hasText: 'Website care' });
    await row.getByText('€240.00 a month').waitFor();
    await page.getByRole('row').filter({ hasText: '€348.00 a year' }).getByText('Automatic').waitFor();
    await page.getByLabel('Which subscriptions').selectOption({ label: 'Paused' });
    await page.getByText('No subscription is in this state.').waitFor();
    expect(page.url()).toContain('state=PAUSED');
    await page.goBack();
    await row.waitFor();
    await row.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'Website care' }).waitFor();
  }));

test('one paid by invoice leads to its invoices, and each period to the invoice that billed it', () =>
  as('customer', async (page) => {
    await page.goto(care());
    const link = page.getByRole('link', { name: 'Show its invoices' });
    expect(await link.getAttribute('href')).toMatch(/^\/invoices\?subscription=[0-9a-f-]{36}$/);
    const periods = page.getByRole('table', { name: 'Periods billed' });
    await periods.getByRole('link', { name: 'INV-00025' }).waitFor();
    expect(await periods.getByRole('link').count()).toBe(6);
    await page.getByRole('table', { name: 'Next invoice' }).getByText('€285.60').waitFor();
  }));

test('what does not exist, or is another customer’s, is not found', () =>
  as('customer', async (page) => {
    await page.goto(pathOf('Café Morgenrot: Newsletter'));
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
    await page.goto('/subscriptions/00000000-0000-0000-0000-000000000000');
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  }));

test('a quantity that is none is refused at its field, and nothing can be sent', () =>
  as('customer', async (page) => {
    await page.goto(care());
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Change' });
    const submit = dialog.getByRole('button', { name: 'Change the subscription' });
    await dialog.getByText('This is what the subscription is already.').waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await dialog.getByLabel('Quantity').fill('many');
    await dialog.getByText('Enter a number, such as 2.').waitFor();
    expect(await submit.isDisabled()).toBe(true);
    await dialog.getByLabel('Quantity').fill('0');
    await dialog.getByText('must be more than zero').waitFor();
    expect(await dialog.getByLabel('Quantity').getAttribute('aria-invalid')).toBe('true');
    expect(await submit.isDisabled()).toBe(true);
  }));

test('what is typed into a change is there again after a reload', () =>
  as('customer', async (page) => {
    await page.goto(care());
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('Quantity').fill('5');
    await page.getByText(/It holds from/).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    expect(await page.getByLabel('Quantity').inputValue()).toBe('5');
    await page.getByLabel('Quantity').fill('1');
  }));

test('a change with the next period waits, and can be given up', () =>
  as('customer', async (page) => {
    const { next } = await endOf('Lighthouse Dental: Hosting');
    await page.goto(hosting());
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Change' });
    await dialog.getByLabel('Quantity').fill('3');
    await dialog.getByText('Nothing to pay now').waitFor();
    await dialog.getByText(`It holds from ${next}`).waitFor();
    await dialog.getByRole('button', { name: 'Change the subscription' }).click();
    await said(page, 'The subscription changes with the next period.');
    await page.getByText(`From ${next} on: Hosting, quantity 3, €1,044.00 a year`).waitFor();
    await page.getByRole('button', { name: 'Do not change' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Do not change' }).click();
    await said(page, 'The subscription stays as it is.');
    await page.getByRole('heading', { name: 'Change to come' }).waitFor({ state: 'hidden' });
    expect((await subscription(known['Lighthouse Dental: Hosting'] ?? '')).pendingChange).toBeNull();
  }));

test('a change today costs what the preview says, to the cent', () =>
  as('customer', async (page) => {
    await page.goto(care());
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Change' });
    await dialog.getByLabel('Plan', { exact: true }).selectOption({ label: 'Website care plus (€420.00 a month)' });
    await dialog.getByLabel('Quantity').fill('1,5');
    await dialog.getByLabel('Today').check();
    const bill = dialog.getByRole('table', { name: 'You get an invoice for the difference' });
    const total = bill.getByRole('row').filter({ hasText: 'Total' });
    await bill.getByText(/^1\.5 × Website care plus/).waitFor();
    const previewed = (await total.textContent())?.replace('Total', '').trim();
    await dialog.getByRole('button', { name: 'Change the subscription' }).click();
    await said(page, 'The subscription is changed.');
    await page.getByRole('heading', { level: 1, name: 'Website care plus' }).waitFor();
    const id = known['Lighthouse Dental: Website care'] ?? '';
    const billed = async () => {
      const { invoices } = await ask<{ invoices: { nodes: { total: { amount: string } }[] } }>(
        gateway.url,
        'customer',
        'query($id: UUID!) { invoices(filter: { subscriptionId: $id }, first: 1) { nodes { total { amount } } } }',
        { id },
      );
      return invoices.nodes.map((one) => euro(one.total.amount));
    };
    await expect.poll(billed).toEqual([previewed]);
    const others = page.getByRole('table', { name: 'Other invoices' });
    await others.getByRole('row').filter({ hasText: previewed }).waitFor();
    const number = (await others.getByRole('link').first().textContent()) ?? '';
    await page.getByRole('link', { name: 'Show its invoices' }).click();
    await page.getByLabel('Of which subscription').selectOption({ label: 'Website care plus' });
    const rows = page.getByRole('table', { name: 'Invoices' }).getByRole('row');
    await rows.filter({ hasText: number }).waitFor();
    expect(await rows.count(), 'with those of the plan before').toBeGreaterThan(2);
    expect((await subscription(id)).terms).toEqual({ planName: 'Website care plus', quantity: '1.5' });
  }));

test('a subscription is paused and resumed', () =>
  as('customer', async (page) => {
    await page.goto(hosting());
    await more(page, 'Pause');
    await page.getByRole('dialog', { name: 'Pause' }).getByRole('button', { name: 'Pause' }).click();
    await said(page, 'The subscription is paused.');
    await page.getByText(/Paused since/).waitFor();
    expect(await page.getByRole('button', { name: 'Change', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog', { name: 'Resume' }).getByRole('button', { name: 'Resume' }).click();
    await said(page, 'The subscription goes on.');
    await page.getByRole('button', { name: 'Change', exact: true }).waitFor();
    expect((await subscription(known['Lighthouse Dental: Hosting'] ?? '')).state).toBe('ACTIVE');
  }));

test('what is cancelled with its period says until when, and is reactivated', () =>
  as('customer', async (page) => {
    const { last } = await endOf('Lighthouse Dental: Hosting');
    await page.goto(hosting());
    await more(page, 'Cancel subscription');
    const dialog = page.getByRole('dialog', { name: 'Cancel subscription' });
    await dialog.getByLabel(`With the current period, on ${last}`).waitFor();
    expect(await dialog.getByLabel('Credit unused days').count()).toBe(0); // That is for staff.
    await dialog.getByLabel('Why do you cancel?').fill('We move to our own servers.');
    await dialog.getByRole('button', { name: 'Cancel the subscription' }).click();
    await said(page, 'The subscription ends with the current period.');
    await page.getByText(`It ends with ${last}. Until then it can be reactivated.`).waitFor();
    await page.getByText('We move to our own servers.').waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem').first().waitFor();
    expect(await page.getByRole('menuitem', { name: 'Pause' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Reactivate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reactivate' }).click();
    await said(page, 'The subscription is active again.');
    expect((await subscription(known['Lighthouse Dental: Hosting'] ?? '')).state).toBe('ACTIVE');
  }));

test('what the settings do not let customers do is not there', async () => {
  const portal = async (allowed: boolean) => {
    const { organisation } = await ask<{ organisation: { portal: Record<string, boolean> } }>(
      gateway.url,
      'owner',
      `{ organisation { portal { accept decline comment pay partPay mail review dispute forward cancelSubscription
        pauseSubscription changeSubscription editDetails updatePaymentMethod } } }`,
    );
    const settings = {
      ...organisation.portal,
      cancelSubscription: allowed,
      pauseSubscription: allowed,
      changeSubscription: allowed,
    };
    const change =
      'mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { userErrors { message } } }';
    const { updateSettings } = await ask<{ updateSettings: { userErrors: unknown[] } }>(gateway.url, 'owner', change, {
      input: { portal: settings },
    });
    expect(updateSettings.userErrors).toEqual([]);
  };
  await portal(false);
  await as('customer', async (page) => {
    await page.goto(hosting());
    await page.getByRole('heading', { name: 'Terms' }).waitFor();
    for (const action of ['Change', 'More', 'Resume', 'Reactivate']) {
      expect(await page.getByRole('button', { name: action, exact: true }).count(), action).toBe(0);
    }
  });
  await portal(true);
});

test('accountants read subscriptions and do nothing', () =>
  as('accountant', async (page) => {
    await page.goto('/subscriptions');
    await page.getByRole('link', { name: 'Newsletter' }).first().waitFor();
    expect(await page.getByRole('link', { name: 'Start a subscription' }).count()).toBe(0);
    await page.goto(pathOf('Café Morgenrot: Newsletter'));
    await page.getByRole('heading', { name: 'Terms' }).waitFor();
    expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
    await page.goto('/subscriptions/new');
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  }));

test('staff find subscriptions by plan and state, of all customers', () =>
  as('staff', async (page) => {
    await page.goto('/subscriptions');
    await page.getByRole('row').filter({ hasText: 'Stadtwerk Elmshorn' }).waitFor();
    await page.getByLabel('To which plan').selectOption({ label: 'Newsletter' });
    await page.getByRole('row').filter({ hasText: 'Stadtwerk Elmshorn' }).waitFor({ state: 'hidden' });
    await page.getByRole('row').filter({ hasText: 'Nordwind' }).waitFor();
    await page.getByLabel('Which subscriptions').selectOption({ label: 'Past due' });
    await page.getByRole('row').filter({ hasText: 'Nordwind' }).waitFor({ state: 'hidden' });
    await page.getByRole('row').filter({ hasText: 'Café Morgenrot' }).waitFor();
  }));

test('staff start a subscription, and cancel it with a credit of what is not used', () =>
  as('staff', async (page) => {
    await page.goto('/subscriptions/new');
    const submit = page.getByRole('button', { name: 'Start the subscription' });
    await submit.click();
    await page.getByText('Choose a customer.').waitFor();
    await page.getByText('Choose a plan.').waitFor();
    await page.getByRole('combobox', { name: 'Customer' }).fill('Kite');
    await page.getByRole('option', { name: 'Kite School Sylt' }).click();
    await page
      .getByRole('combobox', { name: 'Plan', exact: true })
      .selectOption({ label: 'Website care plus (€420.00 a month)' });
    await page.getByLabel('Quantity').fill('0');
    await page.getByLabel('After a number of periods').check();
    await page.getByRole('textbox', { name: 'Number of periods', exact: true }).fill('12');
    await submit.click();
    await page.getByText('must be more than zero').waitFor(); // The server's rule, at its field.
    await page.reload(); // Nothing typed is lost.
    await page.getByLabel('Quantity').fill('2');
    expect(await page.getByRole('textbox', { name: 'Number of periods', exact: true }).inputValue()).toBe('12');
    await submit.click();
    await said(page, 'The subscription is started.');
    await page.getByRole('heading', { level: 1, name: 'Website care plus' }).waitFor();
    await page.getByRole('link', { name: 'Kite School Sylt' }).waitFor();
    await page.getByText('12 periods').waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect(await subscription(id)).toMatchObject({ state: 'ACTIVE', endsAfterPeriods: 12, collection: 'OFFLINE' });
    await more(page, 'Cancel subscription');
    const dialog = page.getByRole('dialog', { name: 'Cancel subscription' });
    await dialog.getByLabel('Today').check();
    expect(await dialog.getByLabel('Credit unused days').isChecked()).toBe(true);
    await dialog.getByRole('button', { name: 'Cancel the subscription' }).click();
    await said(page, 'The subscription is cancelled.');
    await page.getByText('It is cancelled. Nothing more is billed.').waitFor();
    expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
    // The credit note follows by itself, a moment later.
    const newest = async () => {
      const { creditNotes } = await ask<{
        creditNotes: { nodes: { total: { amount: string }; customer: { name: string } }[] };
      }>(gateway.url, 'staff', '{ creditNotes(first: 1) { nodes { total { amount } customer { name } } } }');
      return creditNotes.nodes;
    };
    await expect
      .poll(newest, { timeout: 15_000 })
      .toEqual([{ total: { amount: '999.60' }, customer: { name: 'Kite School Sylt' } }]);
  }));
