import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, look, narrow, signIn } from './support/browser';
import { browser, gateway } from './support/site';

let ids: Record<string, string>;
/** A bank debit that waits, and a payment that the bank declined. */
let pending: string;
let failed: string;
beforeAll(async () => {
  const { payments, creditNotes, invoices } = await ask<
    Record<'payments' | 'creditNotes' | 'invoices', { nodes: { id: string; number: string }[] }>
  >(
    gateway.url,
    'customer',
    `{
      payments(first: 100) { nodes { id number } }
      creditNotes(first: 100) { nodes { id number } }
      invoices(first: 100) { nodes { id number } }
    }`,
  );
  const all = [...payments.nodes, ...creditNotes.nodes, ...invoices.nodes];
  ids = Object.fromEntries(all.map(({ id, number }) => [number, id]));
  pending = await pay('INV-00025', 'tok_bank_debit');
  failed = await pay('INV-00020', 'tok_insufficient_funds');
});

const id = (number: string): string => ids[number] ?? `no ${number}`;

async function pay(number: string, paymentToken: string): Promise<string> {
  const { payInvoices } = await ask<{ payInvoices: { payment: { id: string } } }>(
    gateway.url,
    'customer',
    'mutation ($input: PayInvoicesInput!) { payInvoices(input: $input) { payment { id } } }',
    { input: { invoices: [{ invoiceId: id(number) }], paymentToken } },
  );
  return payInvoices.payment.id;
}

for (const [size, scheme] of [
  [desktop, 'light'],
  [desktop, 'dark'],
  [narrow, 'light'],
  [narrow, 'dark'],
] as const) {
  test(`the pages of payments are accessible at ${size.width} px, ${scheme}`, async () => {
    const { page, close } = await signIn(browser, gateway.url, 'customer', { size, scheme });
    await look(page, '/payments', 'Payments made');
    await look(page, '/payments?tab=credit', 'Payments made');
    await look(page, `/payments/${id('PAY-00013')}`, 'PAY-00013');
    await look(page, `/payments/${pending}`, 'Payment');
    await look(page, `/payments/${failed}`, 'Payment');
    await look(page, `/credit-notes/${id('CN-00001')}`, 'CN-00001');
    await close();
  });
}

test('payments are filtered by how far they came, and lead to the invoices they were for', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/payments');
  const rows = page.getByRole('table', { name: 'Payments' }).locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(11);
  const which = page.getByLabel('Which payments');
  for (const [label, param, count, says] of [
    ['Under way', 'under-way', 1, 'INV-00025'],
    ['Failed', 'failed', 1, 'Failed'],
    ['Received', 'received', 9, 'PAY-00014'],
  ] as const) {
    await which.selectOption({ label });
    await page.waitForURL(`**/payments?show=${param}`);
    await expect.poll(() => rows.count()).toBe(count);
    await rows.first().getByText(says).first().waitFor();
  }
  await rows.filter({ hasText: 'PAY-00013' }).getByRole('link', { name: 'INV-00014' }).click();
  await page.getByRole('heading', { level: 1, name: 'INV-00014' }).waitFor();
  await close();
});

test('a receipt says what was paid, how, and what it settled; a failed payment says why', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(`/payments/${id('PAY-00013')}`);
  const receipt = page.getByRole('region', { name: 'Receipt PAY-00013' });
  await receipt.getByText('Bank transfer').waitFor();
  await receipt.getByRole('link', { name: 'INV-00014' }).waitFor();
  expect(await receipt.getByText('€500.00').count()).toBe(2);
  await page.getByRole('heading', { name: 'History' }).waitFor();
  await page.goto(`/payments/${id('PAY-00014')}`);
  const online = page.getByRole('region', { name: 'Receipt PAY-00014' });
  await online.waitFor();
  expect(await online.innerText(), 'no word of the test cards').not.toContain('sandbox');
  await page.goto(`/payments/${failed}`);
  await page.getByText('This payment failed: nothing was charged').waitFor();
  await page.getByRole('link', { name: 'INV-00020' }).waitFor(); // What it was meant for.
  await page
    .getByText(/the account has not enough funds/)
    .first()
    .waitFor();
  await page.goto('/payments/00000000-0000-4000-8000-000000000000');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});

test('a bank debit that is refused while its page is open says so by itself', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(`/payments/${pending}`);
  await page.getByText('This payment is under way').waitFor();
  await gateway.command('webhook', 'send', 'fail', pending);
  await page.getByText('This payment failed: nothing was charged').waitFor();
  await close();
});

test('what was given back stands on the payment', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(`/payments/${id('PAY-00014')}`);
  await page.getByRole('region', { name: 'Receipt PAY-00014' }).getByText('Your credit').waitFor();
  const { refundPayment } = await ask<{ refundPayment: { userErrors: unknown[] } }>(
    gateway.url,
    'staff',
    'mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { userErrors { message } } }',
    { input: { paymentId: id('PAY-00014'), amount: '50.00', reason: 'Paid too much.' } },
  );
  expect(refundPayment.userErrors).toEqual([]);
  const refunds = page.getByRole('table', { name: 'Given back' });
  await refunds.getByText('Paid too much.').waitFor();
  await refunds.getByText('€50.00').waitFor();
  await close();
});

test('the credit is the sum of what is unapplied, and leads to the credit notes', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/payments');
  await page.getByRole('tab', { name: 'Credit notes and credit' }).click();
  const { customer } = await ask<{ customer: { balances: { credit: { amount: string } }[] } }>(
    gateway.url,
    'customer',
    'query ($id: UUID!) { customer(id: $id) { balances { credit { amount } } } }',
    {
      id: (await ask<{ viewer: { customerId: string } }>(gateway.url, 'customer', '{ viewer { customerId } }')).viewer
        .customerId,
    },
  );
  await page
    .getByRole('region', { name: 'Your credit' })
    .getByText(`€${customer.balances[0]?.credit.amount}`)
    .waitFor();
  await page.getByRole('table', { name: 'Credit notes' }).getByRole('link', { name: 'CN-00001' }).click();
  await page.getByRole('heading', { level: 1, name: 'CN-00001' }).waitFor();
  const sheet = page.getByRole('region', { name: 'Credit note CN-00001' });
  await sheet.getByText('€150.00').waitFor();
  await sheet.getByText('€76.10').waitFor();
  await page.getByRole('table', { name: 'What it settled' }).getByRole('link', { name: 'INV-00024' }).waitFor();
  await page.goto('/credit-notes/00000000-0000-4000-8000-000000000000');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});
