import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, settled, signIn } from './support/browser';
import { invoiceOf } from './support/invoices';
import { browser, gateway } from './support/site';

interface Note {
  id: string;
  number: string | null;
  status: string;
  total: { amount: string };
  applied: { amount: string };
  refunded: { amount: string };
  unapplied: { amount: string };
}
const noteOf = async (number: string): Promise<Note> => {
  const { creditNotes } = await ask<{ creditNotes: { nodes: Note[] } }>(
    gateway.url,
    'staff',
    `query ($number: String!) { creditNotes(filter: { number: $number }) { nodes {
      id number status total { amount } applied { amount } refunded { amount } unapplied { amount }
    } } }`,
    { number },
  );
  const [found] = creditNotes.nodes;
  if (!found) throw new Error(`there is no credit note ${number}`);
  return found;
};
const more = async (page: Page, entry: string) => {
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: entry }).click();
};

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every page of credit notes is accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      const invoice = await invoiceOf(gateway.url, 'INV-00024');
      await look(page, '/credit-notes', 'Credit notes');
      await look(page, `/credit-notes/${(await noteOf('CN-00001')).id}`, 'CN-00001');
      await look(page, `/credit-notes/new?invoice=${invoice.id}`, 'Credit note for INV-00024');
      await page.getByRole('button', { name: 'All lines' }).click();
      await page.getByText(/^Only €[\d,.]+ of the invoice is not credited yet/).waitFor(); // CN-00001 has taken some.
      await inspect(page);
      await look(page, `/credit-notes/new?customer=${invoice.customer.id}`, 'New credit note');
      await close();
    });
  }
}

test('one line of an invoice is credited, issued and applied: every balance is right', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  const before = await invoiceOf(gateway.url, 'INV-00014');
  await page.goto(`/invoices/${before.id}`);
  await more(page, 'Write a credit note');
  await page.getByRole('heading', { level: 1, name: 'Credit note for INV-00014' }).waitFor();
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('Choose at least one line.').waitFor();
  await page.getByRole('checkbox', { name: 'Credit Retouching, pictures' }).check();
  await page.getByLabel('Quantity of Retouching, pictures').fill('25');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('Enter a quantity of up to 24.').waitFor();
  await page.getByLabel('Quantity of Retouching, pictures').fill('4');
  await page.getByText('€71.40').waitFor(); // 4 × 15 and 19 % on it.
  await page.getByRole('textbox', { name: 'Words to the customer' }).fill('Four pictures were doubles.');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByRole('heading', { level: 1, name: 'Draft for Lighthouse Dental' }).waitFor();
  await page.getByText('Four pictures were doubles.').first().waitFor();
  await page.getByRole('button', { name: 'Issue', exact: true }).click();
  const issue = page.getByRole('dialog', { name: 'Issue this credit note' });
  await issue.getByText('€71.40').waitFor();
  await issue.getByRole('button', { name: 'Issue the credit note' }).click();
  await page.getByRole('heading', { level: 1, name: 'CN-00002' }).waitFor();
  // What is made for an invoice is applied to it.
  await page.getByRole('link', { name: 'INV-00014' }).first().waitFor();
  await page.getByText('Used up').first().waitFor();
  expect(await noteOf('CN-00002')).toMatchObject({
    status: 'CLOSED',
    applied: { amount: '71.40' },
    unapplied: { amount: '0.00' },
  });
  expect(before.due.amount).toBe('1094.60');
  expect((await invoiceOf(gateway.url, 'INV-00014')).due.amount).toBe('1023.20');

  await page.getByRole('button', { name: /Take back €71.40 of CN-00002 from INV-00014/ }).click();
  const back = page.getByRole('dialog', { name: 'Take back what was applied' });
  await back.getByLabel('Reason').fill('For another invoice.');
  await back.getByRole('button', { name: 'Take back' }).click();
  await back.waitFor({ state: 'hidden' });
  expect((await invoiceOf(gateway.url, 'INV-00014')).due.amount).toBe('1094.60');

  await page.getByRole('button', { name: 'Give back' }).click();
  const refund = page.getByRole('dialog', { name: 'Give money back' });
  await refund.getByLabel('Amount').fill('100');
  await refund.getByLabel('Why and how it is given back').fill('By transfer.');
  await refund.getByRole('button', { name: 'Give back' }).click();
  await refund.getByText(/Only .?71\.40 is/).waitFor();
  await refund.getByLabel('Amount').fill('71,40');
  await refund.getByRole('button', { name: 'Give back' }).click();
  await refund.waitFor({ state: 'hidden' });
  expect(await noteOf('CN-00002')).toMatchObject({ status: 'CLOSED', refunded: { amount: '71.40' } });
  await close();
});

test('of an invoice only what is not credited yet can be credited', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(`/credit-notes/new?invoice=${(await invoiceOf(gateway.url, 'INV-00014')).id}`);
  await page.getByText('4 of 24 is credited already').waitFor();
  await page.getByText(/of it can still be credited/).waitFor();
  await page.getByRole('checkbox', { name: 'Credit Retouching, pictures' }).check();
  const quantity = page.getByLabel('Quantity of Retouching, pictures');
  expect(await quantity.inputValue()).toBe('20');
  await quantity.fill('21');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('Enter a quantity of up to 20.').waitFor();
  await quantity.fill('20');
  await page.getByText('€357.00', { exact: true }).waitFor(); // 20 × 15 and 19 % on it.
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByRole('heading', { level: 1, name: 'Draft for Lighthouse Dental' }).waitFor();
  await page.goto(`/credit-notes/new?invoice=${(await invoiceOf(gateway.url, 'INV-00014')).id}`);
  await page.getByText('All of it is credited already').waitFor();
  expect(await page.getByRole('checkbox', { name: 'Credit Retouching, pictures' }).isDisabled()).toBe(true);
  await close();
});

test('a free credit note is written, edited, issued and voided; another draft is discarded', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/credit-notes');
  await page.getByRole('link', { name: 'CN-00001' }).waitFor();
  for (const end of ['void', 'discard'] as const) {
    await page.getByRole('link', { name: 'New credit note' }).click();
    await page.getByRole('combobox', { name: 'Who is credited' }).fill('kite');
    await page.getByRole('option', { name: 'Kite School Sylt' }).click();
    await page.getByLabel('Description').first().fill('Goodwill');
    await page.getByLabel('Unit price').first().fill('ten');
    await page.getByRole('button', { name: 'Save as draft' }).click();
    await page.getByText('This is not a number').first().waitFor();
    await page.getByLabel('Unit price').first().fill('10');
    await page.getByRole('button', { name: 'Save as draft' }).click();
    await page.getByRole('heading', { level: 1, name: 'Draft for Kite School Sylt' }).waitFor();
    if (end === 'void') {
      await page.getByRole('link', { name: 'Edit', exact: true }).click();
      await page.getByLabel('Quantity').first().fill('2');
      await page.getByRole('button', { name: 'Save as draft' }).click();
      await page.getByRole('button', { name: 'Issue', exact: true }).click();
      await page.getByRole('button', { name: 'Issue the credit note' }).click();
      await page.getByRole('heading', { level: 1, name: 'CN-00003' }).waitFor();
      expect((await noteOf('CN-00003')).total.amount).toBe('23.80');
      await more(page, 'Void');
      const dialog = page.getByRole('dialog', { name: 'Void this credit note' });
      await dialog.getByLabel('Reason').fill('Promised to somebody else.');
      await dialog.getByRole('button', { name: 'Void the credit note' }).click();
      await page.getByText('This credit note was voided').waitFor();
      expect((await noteOf('CN-00003')).status).toBe('VOIDED');
    } else {
      await more(page, 'Discard the draft');
      await page.getByRole('dialog').getByRole('button', { name: 'Discard the draft' }).click();
      await page.getByText('Discarded').first().waitFor();
    }
    await page.getByRole('link', { name: 'Credit notes', exact: true }).first().click();
  }
  await page.getByLabel('Which credit notes').selectOption({ label: 'Void' });
  await page.getByText('1 credit note', { exact: true }).waitFor();
  await page.getByLabel('Which credit notes').selectOption({ label: 'All credit notes' });
  await page.getByRole('searchbox').fill('CN-00001');
  await page.getByText('1 credit note', { exact: true }).waitFor();
  await close();
});

test('an accountant reads every credit note and finds no action', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/credit-notes');
  await page.getByRole('link', { name: 'CN-00001' }).click();
  await page.getByRole('heading', { level: 1, name: 'CN-00001' }).waitFor();
  await settled(page);
  const buttons = await page.locator('main').getByRole('button').allInnerTexts();
  expect(buttons.filter((name) => !['Print', 'Show the record'].includes(name))).toEqual([]);
  await page.goto('/credit-notes/new');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});
