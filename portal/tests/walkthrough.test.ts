import { expect, test } from 'vitest';
import { ask } from './support/api';
import { inspect, signIn } from './support/browser';
import { startGateway } from './support/gateway';
import { browser } from './support/site';

const number = 'EST-00006';

test('from a refusal to the last cent: two people, two browsers, one story', { timeout: 120_000 }, async ({
  onTestFinished,
}) => {
  const gateway = await startGateway(); // The story changes the books: told again, it begins with others.
  onTestFinished(gateway.stop);
  const [clara, sam] = await Promise.all([
    signIn(browser, gateway.url, 'customer'),
    signIn(browser, gateway.url, 'staff'),
  ]);
  const customer = clara.page;
  const staff = sam.page;

  // The customer declines, and says what would do. The page stays open from here to the acceptance.
  await customer.getByRole('table', { name: 'Waiting for your answer' }).getByRole('link', { name: number }).click();
  await customer.getByRole('heading', { level: 1, name: `Estimate ${number}` }).waitFor();
  const id = new URL(customer.url()).pathname.split('/').at(-1) ?? '';
  await customer.getByRole('button', { name: 'More', exact: true }).click();
  await customer.getByRole('menuitem', { name: 'Decline' }).click();
  const declining = customer.getByRole('dialog', { name: `Decline estimate ${number}` });
  await declining.getByLabel('Why do you decline?').fill('The build is too dear.');
  await declining.getByLabel(/What would you accept/).fill('Less than 800 a day.');
  await declining.getByRole('button', { name: 'Decline' }).click();
  await customer.getByRole('status').getByText('Less than 800 a day.').waitFor();

  // It stands in the work list at once; staff lower the price and offer it anew.
  const queue = staff.getByRole('region', { name: 'Declined estimates to rework' });
  const waiting = queue.getByRole('listitem').filter({ hasText: number });
  await waiting.getByText('Less than 800 a day.').waitFor();
  await waiting.getByRole('link').first().click();
  await staff.getByRole('heading', { level: 1, name: `Estimate ${number}` }).waitFor();
  await staff.getByRole('link', { name: 'Rework' }).click();
  const build = staff.getByRole('group', { name: 'Line 2', exact: true });
  await build.getByLabel('Unit price').fill('790');
  await staff.getByRole('button', { name: 'Save and offer' }).click();
  const offering = staff.getByRole('dialog', { name: 'Offer again' });
  await offering.getByRole('button', { name: 'Offer again' }).click();
  await offering.waitFor({ state: 'hidden' });

  // The customer's open page says so by itself, shows what has changed, and lets nobody accept the old offer.
  await customer.getByRole('status').getByText('A new offer is here').waitFor();
  const changed = customer.getByRole('table', { name: 'What has changed' });
  const price = changed.getByRole('row', { name: 'Website relaunch: build' });
  await price.getByText('18 × 820.00 = €14,760.00').waitFor();
  await price.getByText('18 × 790.00 = €14,220.00').waitFor();
  await changed.getByRole('row', { name: 'Total' }).getByText('€29,488.20').waitFor();
  await inspect(customer);
  await customer.getByLabel('Which offer').selectOption({ index: 1 });
  await customer.getByText('It can no longer be answered.').waitFor();
  expect(await customer.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  const { acceptEstimate } = await ask<{ acceptEstimate: { userErrors: { code: string }[] } }>(
    gateway.url,
    'customer',
    'mutation($i: AcceptEstimateInput!) { acceptEstimate(input: $i) { userErrors { code } } }',
    { i: { estimateId: id, revision: 1, name: 'Clara Kontos', termsAccepted: true } },
  );
  expect(acceptEstimate.userErrors).toEqual([{ code: 'SUPERSEDED' }]);
  await customer.getByRole('link', { name: 'Show the newest offer' }).click();

  // The customer accepts by name.
  await customer.getByRole('button', { name: 'Accept' }).click();
  const accepting = customer.getByRole('dialog', { name: `Accept estimate ${number}` });
  await accepting.getByText('€29,488.20').waitFor();
  await accepting.getByLabel('I agree to the terms').check();
  await accepting.getByRole('button', { name: 'Accept' }).click();
  await customer.getByRole('status').getByText('Accepted by Clara Kontos').waitFor();

  // Staff, whose page has followed, make the invoice.
  await staff.getByRole('button', { name: 'Convert to invoice' }).click();
  await staff.getByRole('button', { name: 'Make the invoice' }).click();
  const link = customer.getByRole('status').getByRole('link', { name: /^Invoice INV-/ });
  const invoice = (await link.textContent())?.replace('Invoice ', '') ?? '';

  // The customer pays a part with the stored card, then the rest with another one on the provider's page.
  await link.click();
  await customer.getByRole('heading', { level: 1, name: invoice }).waitFor();
  const invoicePath = new URL(customer.url()).pathname;
  const payPath = `/pay?invoices=${invoicePath.split('/').at(-1)}`;
  await customer.goto(payPath);
  await customer.getByLabel(`Amount to pay of ${invoice}`).fill('10000');
  await customer.getByRole('button', { name: 'Pay €10,000.00 now' }).click();
  await customer.getByText('Thank you: €10,000.00 paid').waitFor();
  await customer.goto(payPath);
  await customer.getByRole('radio', { name: 'Another card or bank account' }).check();
  await customer.getByRole('button', { name: 'Continue to payment' }).click();
  await customer.getByText('Mastercard •••• 4444').click();
  await customer.getByRole('button', { name: /^Pay EUR 19,?488\.20/ }).click();
  await customer.getByText('Thank you: €19,488.20 paid').waitFor();

  // It is paid, everybody can see who did what, and the books add up.
  const { estimate, history } = await ask<{
    estimate: { state: string; invoice: { id: string; status: string; due: { amount: string } } };
    history: { event: string }[];
  }>(
    gateway.url,
    'customer',
    'query($id: UUID!) { estimate(id: $id) { state invoice { id status due { amount } } } history(of: $id) { event } }',
    { id },
  );
  expect(estimate).toMatchObject({ state: 'INVOICED', invoice: { status: 'PAID', due: { amount: '0.00' } } });
  expect(history.map(({ event }) => event.replace(/^Estimate/, ''))).toEqual([
    ...['Offered', 'Viewed', 'Declined', 'Reoffered', 'Viewed', 'Accepted', 'Invoiced'],
  ]);
  await customer.goto(invoicePath);
  const told = customer.getByRole('region', { name: 'History' });
  await told.getByText('Invoice paid').waitFor();
  expect(await told.getByText('Payment applied').count()).toBe(2);
  await customer.goto('/');
  await customer
    .getByRole('region', { name: 'Recent activity' })
    .getByRole('link', { name: /Invoice paid/ })
    .waitFor();
  await Promise.all([clara.close(), sam.close()]);
  expect(await gateway.command('check')).toMatch(/^clean: /m);
});
