import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, settled, signIn } from './support/browser';
import { invoiceOf } from './support/invoices';
import { browser, gateway } from './support/site';

interface Payment {
  id: string;
  number: string | null;
  state: string;
  unapplied: { amount: string };
  refunded: { amount: string };
  allocations: { amount: { amount: string }; invoice: { number: string } }[];
}
const payments = async (): Promise<Payment[]> => {
  const said = await ask<{ payments: { nodes: Payment[] } }>(
    gateway.url,
    'staff',
    `{ payments(first: 50) { nodes {
      id number state unapplied { amount } refunded { amount } allocations { amount { amount } invoice { number } }
    } } }`,
  );
  return said.payments.nodes;
};
const paymentOf = async (number: string): Promise<Payment> => {
  const found = (await payments()).find((one) => one.number === number);
  if (!found) throw new Error(`there is no payment ${number}`);
  return found;
};

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every page of payments is accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      const { customer } = await invoiceOf(gateway.url, 'INV-00024');
      await look(page, '/payments', 'Payments');
      await look(page, `/payments/${(await paymentOf('PAY-00011')).id}`, 'PAY-00011');
      await page.getByRole('button', { name: 'Give back' }).click();
      await page.getByRole('dialog', { name: 'Give money back' }).waitFor();
      await inspect(page);
      await look(page, `/payments/new?customer=${customer.id}`, 'Record a payment');
      await page.getByText('INV-00024').waitFor();
      await inspect(page);
      await close();
    });
  }
}

test('payments are found by state and customer', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/payments');
  await page.getByText('16 payments').waitFor();
  await page.getByLabel('Which payments').selectOption({ label: 'Not successful' });
  await page.getByText('2 payments').waitFor();
  await page.getByRole('link', { name: 'No number' }).first().click();
  await page.getByText('The provider refused this payment').waitFor();
  await page
    .getByText(/expired/i)
    .first()
    .waitFor();
  expect(await page.getByRole('button', { name: 'Give back' }).count()).toBe(0);
  await page.goBack();
  await page.getByRole('combobox', { name: 'Customer' }).fill('kite');
  await page.getByRole('option', { name: 'Kite School Sylt' }).click();
  await page.getByText('No payment matches these filters.').waitFor();
  await close();
});

test('a payment is spread over two invoices, the oldest first: both are paid, and the rest is credit', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  const [first, second] = await Promise.all(['INV-00013', 'INV-00021'].map((one) => invoiceOf(gateway.url, one)));
  await page.goto('/payments');
  await page.getByRole('link', { name: 'Record a payment' }).click();
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByText('Choose who paid.').waitFor();
  await page.getByText('Enter an amount of more than zero.').waitFor();
  await page.getByRole('combobox', { name: 'Who paid' }).fill('stadtw');
  await page.getByRole('option', { name: /Stadtwerk/ }).click();
  await page.getByText('INV-00013').waitFor();
  await page.getByLabel('Amount received').fill('500');
  await page.getByRole('button', { name: 'All of it: All that is due of INV-00013' }).click();
  await page.getByRole('button', { name: 'All of it: All that is due of INV-00021' }).click();
  await page.getByText('€71.20 more than came in').waitFor();
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByText('More is given to invoices than came in.').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByLabel('Amount received').fill('571,2O'); // A letter.
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByText('Enter an amount of more than zero.').waitFor();
  await page.getByLabel('Amount received').fill('601,20');
  await page.getByRole('button', { name: 'Fill, oldest first' }).click();
  expect(await page.getByLabel('For INV-00013').inputValue()).toBe('285.60');
  expect(await page.getByLabel('For INV-00021').inputValue()).toBe('285.60');
  expect(await page.getByLabel('For INV-00023').inputValue()).toBe('30.00');
  await page.getByLabel('For INV-00023').fill('');
  await page.getByText('€30.00').waitFor(); // Left as credit.
  await page.getByLabel('How it came').selectOption({ label: 'Cheque' });
  await page.getByLabel('Reference').fill('Cheque 4711');
  await page.getByLabel('Received on').fill('2099-01-01');
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByText(/must not be after/).waitFor();
  await page.reload(); // Nothing typed is lost.
  await page.getByText('INV-00013').waitFor();
  expect(await page.getByLabel('Reference').inputValue()).toBe('Cheque 4711');
  await page.getByLabel('Received on').fill('');
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByRole('heading', { level: 1, name: 'PAY-00015' }).waitFor();
  await page.getByText('Cheque 4711').first().waitFor();
  expect(await paymentOf('PAY-00015')).toMatchObject({
    state: 'SUCCEEDED',
    unapplied: { amount: '30.00' },
    allocations: [{ amount: { amount: '285.60' } }, { amount: { amount: '285.60' } }],
  });
  for (const one of [first, second]) {
    const { invoice } = await ask<{ invoice: object }>(
      gateway.url,
      'staff',
      'query ($id: UUID!) { invoice(id: $id) { status due { amount } } }',
      { id: one?.id },
    );
    expect(invoice).toEqual({ status: 'PAID', due: { amount: '0.00' } });
  }
  const { customer } = await invoiceOf(gateway.url, 'INV-00013');
  expect(customer.balances).toEqual([{ credit: { amount: '30.00' } }]);

  await page.getByRole('button', { name: 'Apply to an invoice' }).click();
  const apply = page.getByRole('dialog', { name: 'Apply this payment to an invoice' });
  await apply.getByRole('button', { name: 'Apply' }).click();
  await apply.getByText('Choose one.').waitFor();
  await apply.getByRole('radio', { name: 'INV-00023' }).check();
  await apply.getByLabel('Amount').fill('31');
  await apply.getByRole('button', { name: 'Apply' }).click();
  await apply.getByText(/Only .?30\.00 is/).waitFor();
  await apply.getByLabel('Amount').fill('30');
  await apply.getByRole('button', { name: 'Apply' }).click();
  await apply.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'INV-00023' }).waitFor();
  expect(await invoiceOf(gateway.url, 'INV-00023')).toMatchObject({ due: { amount: '115.11' } });
  await page.getByRole('button', { name: /Take back €285.60 of PAY-00015 from INV-00021/ }).click();
  const back = page.getByRole('dialog', { name: 'Take back what was applied' });
  await back.getByLabel('Reason').fill('Not meant for this one.');
  await back.getByRole('button', { name: 'Take back' }).click();
  await back.waitFor({ state: 'hidden' });
  expect(await invoiceOf(gateway.url, 'INV-00021')).toMatchObject({ status: 'UNPAID', due: { amount: '285.60' } });
  await close();
});

test('a day of long ago is asked about once, at its field', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  const { id } = await invoiceOf(gateway.url, 'INV-00024');
  await page.goto(`/payments/new?invoice=${id}&customer=${(await invoiceOf(gateway.url, 'INV-00024')).customer.id}`);
  await expect.poll(() => page.getByLabel('For INV-00024').inputValue()).not.toBe('');
  const day = page.getByLabel('Received on');
  await day.fill('1900-01-01');
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByText('This is long ago: 1 Jan 1900.').waitFor();
  expect(await day.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByRole('heading', { level: 1, name: /^PAY-/ }).waitFor();
  await close();
});

test('an invoice’s own payment is proposed in full', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  const { id } = await invoiceOf(gateway.url, 'INV-00022');
  await page.goto(`/invoices/${id}`);
  await page.getByRole('link', { name: 'Record payment' }).click();
  await page.getByLabel('For INV-00022').waitFor();
  await expect.poll(() => page.getByLabel('For INV-00022').inputValue()).toBe('2213.40');
  expect(await page.getByLabel('Amount received').inputValue()).toBe('2213.40');
  await page.getByRole('button', { name: 'Record the payment' }).click();
  await page.getByRole('heading', { level: 1, name: /^PAY-/ }).waitFor();
  expect(await invoiceOf(gateway.url, 'INV-00022')).toMatchObject({ status: 'PAID' });
  await close();
});

test('money is given back by hand from credit, and through the provider from an invoice', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(`/payments/${(await paymentOf('PAY-00014')).id}`);
  await page.getByRole('button', { name: 'Give back' }).click();
  let dialog = page.getByRole('dialog', { name: 'Give money back' });
  await dialog.getByText('No provider took this payment').waitFor();
  await dialog.getByRole('radio', { name: /credit/ }).check();
  await dialog.getByLabel('Amount').fill('200.01');
  await dialog.getByRole('button', { name: 'Give back' }).click();
  await dialog.getByText('Please say why.').waitFor();
  await dialog.getByLabel('Why it is given back').fill('Paid too much.');
  await dialog.getByRole('button', { name: 'Give back' }).click();
  await dialog.getByText(/Only .?200\.00 is/).waitFor();
  await dialog.getByLabel('Amount').fill('50');
  await dialog.getByRole('button', { name: 'Give back' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('table', { name: 'Given back' }).getByText('Paid too much.').waitFor();
  expect(await paymentOf('PAY-00014')).toMatchObject({
    unapplied: { amount: '150.00' },
    refunded: { amount: '50.00' },
  });

  await page.goto(`/payments/${(await paymentOf('PAY-00011')).id}`);
  await page.getByRole('button', { name: 'Give back' }).click();
  dialog = page.getByRole('dialog', { name: 'Give money back' });
  await dialog.getByRole('radio', { name: 'Invoice INV-00016' }).check();
  expect(await dialog.getByLabel('Amount').inputValue()).toBe('414.12');
  await dialog.getByLabel('Amount').fill('14.12');
  await dialog.getByLabel('Why it is given back').fill('A day too much.');
  await dialog.getByRole('button', { name: 'Give back' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('table', { name: 'Given back' }).getByText('By the provider').waitFor();
  expect(await paymentOf('PAY-00011')).toMatchObject({
    unapplied: { amount: '400.00' },
    refunded: { amount: '14.12' },
    allocations: [],
  });
  expect(await invoiceOf(gateway.url, 'INV-00016')).toMatchObject({ due: { amount: '414.12' } });
  await close();
});

test('an accountant reads every payment and finds no action', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/payments');
  await page.getByRole('link', { name: 'PAY-00014' }).waitFor();
  expect(await page.getByRole('link', { name: 'Record a payment' }).count()).toBe(0);
  for (const number of ['PAY-00014', 'PAY-00013']) {
    await page.goto(`/payments/${(await paymentOf(number)).id}`);
    await page.getByRole('heading', { level: 1, name: number }).waitFor();
    await settled(page);
    const buttons = await page.locator('main').getByRole('button').allInnerTexts();
    expect(buttons.filter((name) => name !== 'Show the record')).toEqual([]);
  }
  await page.goto('/payments/new');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});
