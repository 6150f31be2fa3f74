import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, settled, signIn } from './support/browser';
import { invoiceOf } from './support/invoices';
import { browser, gateway } from './support/site';

const of = (number: string) => invoiceOf(gateway.url, number);
const open = async (page: Page, number: string) => {
  await page.goto(`/invoices/${(await of(number)).id}`);
  await page.getByRole('heading', { level: 1, name: number }).waitFor();
  await settled(page);
};
const more = async (page: Page, entry: string) => {
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: entry }).click();
};
const draftId = async () => {
  const { invoices } = await ask<{ invoices: { nodes: { id: string }[] } }>(
    gateway.url,
    'staff',
    '{ invoices(filter: { status: DRAFT }) { nodes { id } } }',
  );
  return invoices.nodes[0]?.id ?? '';
};

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every page of invoices is accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      const [disputed, draft] = [await of('INV-00014'), await draftId()];
      await look(page, '/invoices', 'Invoices');
      await page.getByRole('button', { name: 'More filters' }).click();
      await page.getByRole('combobox', { name: 'Plan' }).waitFor();
      await inspect(page);
      await look(page, `/invoices/${disputed.id}`, 'INV-00014');
      await page.getByRole('button', { name: 'Settle' }).click();
      await page.getByRole('dialog', { name: 'Settle the dispute' }).waitFor();
      await inspect(page);
      await look(page, `/invoices/${draft}`, /Draft for/);
      await look(page, `/invoices/${draft}/edit`, 'Edit the draft');
      await look(page, `/invoices/new?customer=${disputed.customer.id}`, 'New invoice');
      await look(page, `/invoices/00000000-0000-4000-8000-000000000000`, 'Not found');
      await close();
    });
  }
}

test('invoices are found by state, words and customer, and the address keeps what was asked', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/invoices');
  await page.getByRole('link', { name: 'INV-00026' }).waitFor();
  await page.getByLabel('Which invoices').selectOption({ label: 'Disputed' });
  await page.getByText('1 invoice ·').waitFor();
  await page.getByRole('link', { name: 'INV-00014' }).waitFor();
  await page.getByLabel('Which invoices').selectOption({ label: 'Drafts' });
  await page.getByText(/^\d+ invoices?$/).waitFor(); // What is not owed is not added up.
  await page.getByLabel('Which invoices').selectOption({ label: 'All invoices' });
  await page.getByRole('searchbox').fill('signage nordwind');
  await page.getByText('1 invoice ·').waitFor();
  await page.getByRole('link', { name: 'INV-00022' }).waitFor();
  await page.getByRole('searchbox').fill('nothing is called this');
  await page.getByText('No invoice matches these filters.').waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByLabel('Order').selectOption({ label: 'Oldest first' });
  await page.getByRole('row').nth(1).getByText('INV-00001').waitFor();
  await page.getByRole('button', { name: 'More filters' }).click();
  await page.getByRole('combobox', { name: 'Customer' }).fill('kite');
  await page.getByRole('option', { name: 'Kite School Sylt' }).click();
  await page.getByText('4 invoices ·').waitFor();
  await page.getByLabel('Dated from').fill('2000-01-01');
  await page.getByLabel('Dated to').fill('2000-12-31');
  await page.getByText('No invoice matches these filters.').waitFor();
  await page.reload();
  await page.getByText('No invoice matches these filters.').waitFor();
  expect(await page.getByRole('combobox', { name: 'Customer' }).inputValue()).toBe('Kite School Sylt');
  await page.getByRole('button', { name: 'Clear all filters' }).click();
  await page.getByRole('link', { name: 'INV-00026' }).waitFor();
  await close();
});

test('an invoice is written, kept over a reload, written anew and issued; a due date in the past is refused', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/invoices');
  await page.getByRole('link', { name: 'New invoice' }).click();
  await page.getByRole('combobox', { name: 'Who is billed' }).fill('nordw');
  await expect.poll(() => page.getByRole('option').allInnerTexts()).toEqual(['Nordwind Logistik GmbH']);
  await page.keyboard.press('Enter');
  await page.getByLabel('Description').first().fill('Truck doors');
  await page.getByLabel('Unit price').first().fill('12,50');
  await page.getByText('€14.88').first().waitFor(); // 19 % on top, as the server computes it.
  await page.reload();
  await page.getByText('What you had entered before is here again.').waitFor();
  expect(await page.getByLabel('Description').first().inputValue()).toBe('Truck doors');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByRole('heading', { level: 1, name: 'Draft for Nordwind Logistik GmbH' }).waitFor();
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Quantity').first().fill('4');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByRole('region', { name: 'Invoice' }).getByText('€59.50').first().waitFor();
  await page.getByRole('button', { name: 'Issue', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Issue this invoice' });
  await dialog.getByText('Nordwind Logistik GmbH has 30 days to pay.').waitFor();
  await dialog.getByLabel('Due by').fill('2020-01-01');
  await dialog.getByRole('button', { name: 'Issue the invoice' }).click();
  await dialog.getByText(/must not be before/).waitFor();
  await dialog.getByLabel('Due by').fill('2099-12-31');
  await dialog.getByRole('button', { name: 'Issue the invoice' }).click();
  await page.getByText(/Invoice INV-\d+ is issued/).waitFor();
  await page.getByRole('heading', { level: 1, name: /^INV-\d+$/ }).waitFor();
  await page.getByText('31 Dec 2099').first().waitFor();
  await close();
});

test('who acts on what somebody else has changed meanwhile is told, keeps the words, and sees why it is refused', async () => {
  const first = await signIn(browser, gateway.url, 'staff');
  const second = await signIn(browser, gateway.url, 'owner');
  await open(first.page, 'INV-00022');
  await more(first.page, 'Void');
  const dialog = first.page.getByRole('dialog', { name: 'Void this invoice' });
  await dialog.getByRole('button', { name: 'Void the invoice' }).click();
  await dialog.getByText('Please say why.').waitFor();
  await dialog.getByLabel('Reason').fill('Billed twice.');

  await open(second.page, 'INV-00022');
  await more(second.page, 'Waive late fees');
  const waive = second.page.getByRole('dialog', { name: 'Waive late fees' });
  await waive.getByLabel('Reason').fill('An old customer.');
  await waive.getByRole('button', { name: 'Waive late fees' }).click();
  await waive.waitFor({ state: 'hidden' });

  await dialog.getByRole('button', { name: 'Void the invoice' }).click();
  await dialog.getByText('Somebody was faster').waitFor();
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('Billed twice.');
  expect((await of('INV-00022')).status).toBe('UNPAID');

  const { id, customer } = await of('INV-00022');
  await ask(
    gateway.url,
    'owner',
    'mutation ($input: RecordPaymentInput!) { recordPayment(input: $input) { userErrors { code } } }',
    {
      input: {
        customerId: customer.id,
        amount: '100.00',
        currency: 'EUR',
        method: 'CASH',
        allocations: [{ invoiceId: id, amount: '100.00' }],
      },
    },
  );
  await first.page.getByText('Part-paid').first().waitFor(); // Behind the dialog, by itself.
  await dialog.getByRole('button', { name: 'Void the invoice' }).click();
  await dialog.getByText(/is settled on this invoice already/).waitFor();
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('Billed twice.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await first.close();
  await second.close();
});

test('what is due is written off and made due again; what was paid meanwhile is refused', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await open(page, 'INV-00009');
  await more(page, 'Write off');
  let dialog = page.getByRole('dialog', { name: 'Write off what is due' });
  await dialog.getByLabel('Reason').fill('Insolvent.');
  await dialog.getByRole('button', { name: 'Write it off' }).click();
  await page.getByText('What was due was written off').waitFor();
  expect((await of('INV-00009')).status).toBe('WRITTEN_OFF');
  const facts = page.getByRole('region', { name: 'At a glance' });
  await facts.getByText('Written off').waitFor();
  expect(await facts.getByText('€0.00').count()).toBe(0);
  await more(page, 'Take back the write-off');
  dialog = page.getByRole('dialog', { name: 'Take back the write-off' });
  await dialog.getByLabel('Reason').fill('They pay after all.');
  await dialog.getByRole('button', { name: 'Make it due again' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('Overdue').first().waitFor();
  await more(page, 'Write off');
  dialog = page.getByRole('dialog', { name: 'Write off what is due' });
  await dialog.getByLabel('Reason').fill('Again.');
  const { id, customer, due } = await of('INV-00009');
  await ask(
    gateway.url,
    'owner',
    'mutation ($input: RecordPaymentInput!) { recordPayment(input: $input) { userErrors { code } } }',
    {
      input: {
        customerId: customer.id,
        amount: due.amount,
        currency: 'EUR',
        method: 'CASH',
        allocations: [{ invoiceId: id }],
      },
    },
  );
  await page.getByText('Paid on').waitFor();
  await dialog.getByRole('button', { name: 'Write it off' }).click();
  await dialog.getByText('Somebody was faster').waitFor();
  await dialog.getByRole('button', { name: 'Write it off' }).click();
  await dialog.getByText('The invoice is paid').waitFor();
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('Again.');
  await close();
});

test('a dispute stands in the customer’s words and is settled with ours; another one is recorded', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await open(page, 'INV-00014');
  await page.getByText('four of the twenty-four are doubles').first().waitFor();
  await page.getByRole('button', { name: 'Settle' }).click();
  let dialog = page.getByRole('dialog', { name: 'Settle the dispute' });
  await dialog.getByRole('button', { name: 'Settle the dispute' }).click();
  await dialog.getByText('Choose how it ends.').waitFor();
  await dialog.getByText('Say it to the customer in a few words.').waitFor();
  await dialog.getByRole('radio', { name: 'The customer was right' }).check();
  await dialog.getByLabel('Your words to the customer').fill('You are right: four fewer.');
  await dialog.getByRole('button', { name: 'Settle the dispute' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('You are right: four fewer.').first().waitFor();
  expect((await of('INV-00014')).disputes).toEqual([{ outcome: 'UPHELD', words: 'You are right: four fewer.' }]);
  await more(page, 'Record a dispute');
  dialog = page.getByRole('dialog', { name: 'Record a dispute' });
  await dialog.getByLabel('What the customer says').fill('Told us by telephone.');
  await dialog.getByLabel(/Amount disputed/).fill('9999999');
  await dialog.getByRole('button', { name: 'Record the dispute' }).click();
  await dialog.getByText(/must/).waitFor(); // More than the invoice: refused at the field.
  await dialog.getByLabel(/Amount disputed/).fill('60');
  await dialog.getByRole('button', { name: 'Record the dispute' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('Told us by telephone.').first().waitFor();
  await close();
});

test('the customer’s credit pays an invoice and is taken back', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await open(page, 'INV-00018');
  await page.getByRole('button', { name: 'Apply credit' }).click();
  const dialog = page.getByRole('dialog', { name: /Apply the customer/ });
  await dialog.getByRole('radio', { name: 'Payment PAY-00014' }).check();
  expect(await dialog.getByLabel('Amount').inputValue()).toBe('200.00');
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'Payment PAY-00014' }).waitFor();
  expect(await of('INV-00018')).toMatchObject({ status: 'PARTIALLY_PAID', due: { amount: '85.60' } });
  await page.getByRole('button', { name: /Take back €200.00 of PAY-00014/ }).click();
  const back = page.getByRole('dialog', { name: 'Take back what was applied' });
  await back.getByLabel('Reason').fill('It was for another one.');
  await back.getByRole('button', { name: 'Take back' }).click();
  await page.getByText('Nothing has been paid or credited yet.').waitFor();
  expect(await of('INV-00018')).toMatchObject({ status: 'UNPAID', due: { amount: '285.60' } });
  await close();
});

test('an accountant reads every invoice and finds no action', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/invoices');
  await page.getByRole('link', { name: 'INV-00026' }).waitFor();
  expect(await page.getByRole('link', { name: 'New invoice' }).count()).toBe(0);
  for (const number of ['INV-00014', 'INV-00002', 'INV-00024']) {
    await open(page, number);
    const buttons = await page.locator('main').getByRole('button').allInnerTexts();
    expect(buttons.filter((name) => !['Print', 'Show the record'].includes(name))).toEqual([]);
  }
  await page.goto(`/invoices/${await draftId()}`);
  await page.getByRole('heading', { level: 1, name: /Draft for/ }).waitFor();
  await settled(page);
  expect(await page.getByRole('button', { name: 'Issue' }).count()).toBe(0);
  await page.goto('/invoices/new');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});
