import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, type Person, signIn } from './support/browser';
import { invoiceOf, issue } from './support/invoices';
import { browser, gateway } from './support/site';

let ids: Record<string, string>;
beforeAll(async () => {
  const { invoices } = await ask<{ invoices: { nodes: { id: string; number: string }[] } }>(
    gateway.url,
    'customer',
    '{ invoices(first: 100) { nodes { id number } } }',
  );
  ids = Object.fromEntries(invoices.nodes.map(({ id, number }) => [number, id]));
});

const id = (number: string): string => ids[number] ?? `no ${number}`;
const customer = (options?: Parameters<typeof signIn>[3]): Promise<Person> =>
  signIn(browser, gateway.url, 'customer', options);

interface Standing {
  status: string;
  due: { amount: string };
  reserved: { amount: string };
}
async function standing(number: string): Promise<Standing> {
  const { invoice } = await ask<{ invoice: Standing }>(
    gateway.url,
    'customer',
    'query ($id: UUID!) { invoice(id: $id) { status due { amount } reserved { amount } } }',
    { id: id(number) },
  );
  return invoice;
}
/** In cents, so that what is left can be computed. */
const due = async (number: string) => Number((await standing(number)).due.amount.replace('.', ''));

async function paymentsMade(): Promise<number> {
  const { payments } = await ask<{ payments: { totalCount: number } }>(
    gateway.url,
    'customer',
    '{ payments { totalCount } }',
  );
  return payments.totalCount;
}

async function planOf(name: string): Promise<string> {
  const { subscriptions } = await ask<{ subscriptions: { nodes: { planName: string; terms: { planId: string } }[] } }>(
    gateway.url,
    'customer',
    '{ subscriptions { nodes { planName terms { planId } } } }',
  );
  return subscriptions.nodes.find(({ planName }) => planName === name)?.terms.planId ?? `no ${name}`;
}

const numbers = (page: Page): Promise<string[]> =>
  page.getByRole('table', { name: 'Invoices' }).locator('tbody tr td a').allInnerTexts();

/** From the pay page to the provider's page, and back with what is chosen there. */
async function payWith(page: Page, method: string): Promise<void> {
  await choosePage(page);
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByRole('heading', { name: /Harbour & Finch/ }).waitFor();
  await page.getByText(method).click();
  await page.getByRole('button', { name: /^Pay EUR/ }).click();
}
/** Where a card is stored already, another one is to be used. */
async function choosePage(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'How you pay' }).waitFor();
  await page.getByRole('radio', { name: 'Another card or bank account' }).check();
}

for (const [size, scheme] of [
  [desktop, 'light'],
  [desktop, 'dark'],
  [narrow, 'light'],
  [narrow, 'dark'],
] as const) {
  test(`the pages of invoices are accessible at ${size.width} px, ${scheme}`, async () => {
    const { page, close } = await customer({ size, scheme });
    await look(page, '/invoices', 'Invoices');
    await look(page, `/invoices/${id('INV-00014')}`, 'INV-00014');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Dispute' }).click();
    await page.getByRole('dialog', { name: 'Dispute this invoice' }).waitFor();
    await inspect(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Forward to contacts' }).click();
    await page.getByRole('dialog').getByText('Clara Kontos').waitFor();
    await inspect(page);
    await look(page, `/pay?invoices=${id('INV-00014')},${id('INV-00018')},${id('INV-00016')}`, 'Pay');
    await choosePage(page);
    await inspect(page);
    await look(page, '/pay/return', 'No payment to make');
    await close();
  });
}

test('the list is filtered by state and by subscription, searched and sorted, and the address keeps it', async () => {
  const { page, close } = await customer();
  await page.goto('/invoices');
  await page.getByRole('table').waitFor();
  const which = page.getByLabel('Which invoices');
  for (const [label, param, first, all] of [
    ['Unpaid', 'unpaid', 'INV-00025', 3],
    ['Overdue', 'overdue', 'INV-00018', 2],
    ['Part-paid', 'part-paid', 'INV-00024', 2],
    ['Paid', 'paid', 'INV-00016', 7],
  ] as const) {
    await which.selectOption({ label });
    await page.waitForURL(`**/invoices?show=${param}`);
    const shown = async () => {
      const found = await numbers(page);
      return [found[0], found.length];
    };
    await expect.poll(shown).toEqual([first, all]);
  }
  await which.selectOption({ label: 'All invoices' });
  await page.getByLabel('Of which subscription').selectOption({ label: 'Hosting' });
  await expect.poll(() => numbers(page)).toEqual(['INV-00016', 'INV-00001']);
  expect(new URL(page.url()).searchParams.get('subscription')).toMatch(/^[0-9a-f-]{36}$/);
  await page.reload();
  await expect.poll(() => numbers(page)).toEqual(['INV-00016', 'INV-00001']);
  await page.goto('/invoices?plan=bogus&subscription=bogus');
  await expect.poll(async () => (await numbers(page)).length).toBeGreaterThan(2);
  const plan = await planOf('Hosting');
  await page.goto(`/invoices?plan=${plan}`);
  await expect.poll(() => numbers(page)).toEqual(['INV-00016', 'INV-00001']);
  await page.getByLabel('Of which subscription').selectOption({ label: 'Any subscription or none' });
  await page.waitForURL('**/invoices');
  await page.goto('/invoices?sort=oldest');
  await expect.poll(async () => (await numbers(page))[0]).toBe('INV-00001');
  await page.getByLabel('Order').selectOption({ label: 'Most due first' });
  await expect.poll(async () => (await numbers(page))[0]).toBe('INV-00024');
  await page.goto('/invoices');
  await page.getByLabel('Search number or text').fill('photography');
  await expect.poll(() => numbers(page)).toEqual(['INV-00014']);
  await page.getByLabel('Search number or text').fill('00020');
  await expect.poll(() => numbers(page)).toEqual(['INV-00020']);
  await page.getByLabel('Search number or text').fill('😀');
  await page.getByText('Enter at least two characters.').waitFor();
  await expect.poll(async () => (await numbers(page)).length).toBeGreaterThan(2);
  await page.getByLabel('Search number or text').fill('nothing is like this');
  await page.getByText('No invoice is like this').waitFor();
  await close();
});

test('an invoice of somebody else, or none, is not found', async () => {
  const { page, close } = await customer();
  for (const path of ['/invoices/abc', '/estimates/abc', '/subscriptions/x', '/payments/x', '/credit-notes/x']) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  }
  await page.goto('/invoices/00000000-0000-4000-8000-000000000000');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});

test('an invoice says how it stands, what settled it, and that the customer has seen it', async () => {
  const { page, close } = await customer();
  await page.goto(`/invoices/${id('INV-00024')}`);
  const sheet = page.getByRole('region', { name: 'Invoice INV-00024' });
  await sheet.getByText('Lighthouse Dental').waitFor();
  await sheet.getByText('€2,051.50').waitFor();
  await sheet.getByText(/IBAN DE89 3704/).waitFor();
  await page.getByText(/A reminder is due on/).waitFor();
  await page.getByText(/A late fee of €40.00 will be charged/).waitFor();
  const paid = page.getByRole('table', { name: 'Paid and credited with' });
  await paid.getByRole('link', { name: 'CN-00001' }).click();
  await page.getByRole('heading', { level: 1, name: 'CN-00001' }).waitFor();
  await page.goto(`/invoices/${id('INV-00020')}`);
  await page.getByRole('link', { name: 'EST-00003' }).waitFor();
  const viewed = async () =>
    (
      await ask<{ invoice: { viewedOn: string | null } }>(
        gateway.url,
        'customer',
        'query ($id: UUID!) { invoice(id: $id) { viewedOn } }',
        { id: id('INV-00020') },
      )
    ).invoice.viewedOn;
  await expect.poll(viewed).not.toBeNull();
  await close();
});

test('an invoice prints as one page, with its number and without the navigation', async () => {
  const { page, close } = await customer();
  await page.goto(`/invoices/${id('INV-00014')}`);
  await page.getByRole('region', { name: 'Invoice INV-00014' }).waitFor();
  await page.getByRole('heading', { name: 'History' }).waitFor();
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['History', 'Disputes'])
    expect(await page.getByRole('heading', { name: hidden }).isVisible()).toBe(false);
  expect(await page.getByRole('link', { name: 'Estimates', includeHidden: true }).first().isVisible()).toBe(false);
  expect(await page.getByText('INV-00014').filter({ visible: true }).count()).toBe(1);
  await close();
});

test('a dispute needs a reason, is refused by the server where it is too much, and is then shown', async () => {
  const { page, close } = await customer();
  await page.goto(`/invoices/${id('INV-00007')}`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Dispute' }).click();
  const dialog = page.getByRole('dialog', { name: 'Dispute this invoice' });
  await dialog.getByRole('button', { name: 'Send to the merchant' }).click();
  await dialog.getByText('Say why, so that the merchant can answer.').waitFor();
  await dialog.getByLabel('What is not right').selectOption({ label: 'Brand workshop, two days' });
  await dialog.getByLabel('Why').fill('One day was enough.');
  await dialog.getByLabel('Amount in EUR').fill('99,999.00');
  await dialog.getByRole('button', { name: 'Send to the merchant' }).click();
  const amount = dialog.getByLabel('Amount in EUR');
  await expect.poll(() => amount.getAttribute('aria-invalid')).toBe('true');
  // Nothing typed is lost, not even by a reload.
  await page.reload();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Dispute' }).click();
  expect(await dialog.getByLabel('Why').inputValue()).toBe('One day was enough.');
  await amount.fill('1725.50');
  await dialog.getByRole('button', { name: 'Send to the merchant' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const disputes = page.getByRole('region', { name: 'Disputes' });
  await disputes.getByText('One day was enough.').waitFor();
  await disputes.getByText('€1,725.50').waitFor();
  await page.getByText('Disputed', { exact: true }).waitFor();
  // The same thing is not disputed twice: it cannot be chosen any more.
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Dispute' }).click();
  const disabled = await dialog
    .getByLabel('What is not right')
    .locator('option', { hasText: 'Brand workshop' })
    .isDisabled();
  expect(disabled).toBe(true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  // It can be taken back, with a word why.
  await disputes.getByRole('button', { name: 'Take back' }).click();
  const back = page.getByRole('dialog', { name: 'Take this dispute back' });
  await inspect(page);
  await back.getByRole('button', { name: 'Take back' }).click();
  await back.getByText('Please say why.').waitFor();
  await back.getByLabel('Why you take it back').fill('It was two days.');
  await back.getByRole('button', { name: 'Take back' }).click();
  await back.waitFor({ state: 'hidden' });
  await disputes.getByText('The reason: It was two days.').waitFor();
  await disputes.getByText('Taken back', { exact: true }).waitFor();
  expect(await disputes.getByRole('button', { name: 'Take back' }).count()).toBe(0);
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await expect.poll(focused).toContain('It was two days.');
  await close();
});

test('an invoice is forwarded to contacts and other addresses; a bad one is refused at its field', async () => {
  const { page, close } = await customer();
  await page.goto(`/invoices/${id('INV-00025')}`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Forward to contacts' }).click();
  const dialog = page.getByRole('dialog', { name: 'Forward INV-00025' });
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText('Choose a contact or type an address.').waitFor();
  await dialog.getByRole('checkbox', { name: 'Clara Kontos' }).check();
  const others = dialog.getByLabel('Other e-mail addresses');
  await others.fill('tax@advisers.example, nobody-at-all');
  await dialog.getByLabel(/^Message/).fill('For your books.');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText(/^nobody-at-all: /).waitFor();
  expect(await others.inputValue()).toBe('tax@advisers.example, nobody-at-all');
  await others.fill('tax@advisers.example');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Queued for 2 people: mail is not set up yet.').waitFor();
  const queued = async () => {
    const { outbox } = await ask<{ outbox: { nodes: { recipient: string }[] } }>(
      gateway.url,
      'staff',
      '{ outbox(first: 100) { nodes { recipient } } }',
    );
    return outbox.nodes.map(({ recipient }) => recipient);
  };
  await expect.poll(queued).toContain('tax@advisers.example');
  await close();
});

test('a forged return, or one of another tab, charges nothing and keeps no token in the address', async () => {
  const { page, close } = await customer();
  const before = await paymentsMade();
  await page.goto(`/pay?invoices=${id('INV-00025')}`);
  await choosePage(page);
  await page.goto('/pay/return#state=00000000-0000-4000-8000-000000000000&token=tok_visa');
  await page.getByText('Opening it charged nothing.').waitFor();
  expect(page.url()).not.toContain('token');
  expect(await paymentsMade()).toBe(before);
  await close();
});

test('an amount that cannot be paid is said at its field once it is left, and makes no sum', async () => {
  const { page, close } = await customer();
  await page.goto(`/pay?invoices=${id('INV-00020')}`);
  const amount = page.getByLabel('Amount to pay of INV-00020');
  await page.getByText('Amount to pay', { exact: true }).waitFor();
  const button = page.getByRole('button', { name: 'Pay', exact: true });
  for (const [typed, told] of [
    ['lots', 'This is not an amount'],
    ['', 'This is not an amount'],
    ['0', 'Enter an amount above zero'],
    ['-1', 'Enter an amount above zero'],
    ['1.005', 'Write it with 2 decimals at most.'],
    ['1368,51', 'At most €1,368.50 can be paid'],
  ] as const) {
    await amount.fill(typed);
    await amount.blur();
    await page.getByText(told).waitFor();
    await page.getByText('To pay–').waitFor();
    await button.click();
    await expect.poll(() => amount.evaluate((field) => field === document.activeElement)).toBe(true);
  }
  await inspect(page);
  await amount.fill('100');
  await page.getByRole('button', { name: 'Pay €100.00 now' }).waitFor();
  await close();
});

test('Enter in a field pays nothing: only the button does', async () => {
  const { page, close } = await customer();
  const before = await paymentsMade();
  await page.goto(`/pay?invoices=${id('INV-00020')}`);
  const amount = page.getByLabel('Amount to pay of INV-00020');
  await amount.fill('1');
  await amount.press('Enter');
  await page
    .getByRole('radio', { name: /^The card|^Visa|^Card/ })
    .first()
    .press('Enter');
  await amount.fill('1.001');
  await amount.press('Enter');
  await page.getByText('Write it with 2 decimals at most.').waitFor();
  expect(new URL(page.url()).pathname).toBe('/pay');
  expect(await paymentsMade()).toBe(before);
  await close();
});

test('invoices that are chosen stay so for who comes back from paying, and show their tick', async () => {
  const { page, close } = await customer();
  await page.goto('/invoices');
  const box = page.getByRole('checkbox', { name: 'Select INV-00020 to pay' });
  await box.check();
  const isBelowItsTick = await box.evaluate((input) => getComputedStyle(input).zIndex === 'auto');
  expect(isBelowItsTick).toBe(true);
  await page.getByRole('link', { name: 'Pay', exact: true }).click();
  await page.getByLabel('Amount to pay of INV-00020').waitFor();
  await page.goBack();
  await page.getByText('1 invoice, €1,368.50').waitFor();
  expect(await box.isChecked()).toBe(true);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.reload();
  await box.waitFor();
  expect(await box.isChecked()).toBe(false);
  await close();
});

test('turning back at the provider charges nothing, and the amount typed is still there', async () => {
  const { page, close } = await customer();
  const before = await paymentsMade();
  await page.goto(`/pay?invoices=${id('INV-00020')}`);
  const amount = page.getByLabel('Amount to pay of INV-00020');
  await amount.fill('1000');
  await choosePage(page);
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByRole('button', { name: 'Cancel and go back' }).click();
  await page.getByText('Nothing was paid', { exact: true }).waitFor();
  await page.getByText('You came back without paying. Nothing was charged.').waitFor();
  expect(await amount.inputValue()).toBe('1000');
  expect(await paymentsMade()).toBe(before);
  await close();
});

test('several invoices are chosen and paid at once on the provider’s page, once however often it is reloaded', async () => {
  const { page, close } = await customer();
  const before = await paymentsMade();
  await page.goto('/invoices?show=overdue');
  await page.getByRole('checkbox', { name: 'Select all on this page that can be paid' }).check();
  await page.getByText('2 invoices, €1,380.20').waitFor();
  await inspect(page);
  await page.getByRole('checkbox', { name: 'Select INV-00014 to pay' }).uncheck();
  await page.getByText('1 invoice, €285.60').waitFor();
  await page.getByRole('checkbox', { name: 'Select INV-00014 to pay' }).check();
  await page.getByRole('link', { name: 'Pay', exact: true }).click();
  await page.getByLabel('Amount to pay of INV-00014').fill('94,60');
  await page.getByRole('button', { name: 'Pay €380.20 now' }).waitFor();
  await payWith(page, 'Mastercard •••• 4444');
  await page.getByText('Thank you: €380.20 paid').waitFor();
  expect(page.url()).not.toMatch(/token|state/);
  await inspect(page);
  await page.reload();
  await page.getByText('Thank you: €380.20 paid').waitFor();
  await page.goBack();
  await page.goForward();
  await page.getByText('Thank you: €380.20 paid').waitFor();
  expect(await paymentsMade()).toBe(before + 1);
  expect(await standing('INV-00018')).toMatchObject({ status: 'PAID' });
  expect(await standing('INV-00014')).toMatchObject({ status: 'PARTIALLY_PAID', due: { amount: '1000.00' } });
  await page.getByRole('link', { name: 'See the receipt' }).click();
  await page.getByRole('region', { name: /^Receipt PAY-/ }).waitFor();
  // What is paid meanwhile is said, not charged.
  await page.goto(`/pay?invoices=${id('INV-00018')}`);
  await page.getByText('INV-00018 is paid already.').waitFor();
  await close();
});

test('a declined card is said in words, nothing is charged, and another card pays', async () => {
  const { page, close } = await customer();
  const dueBefore = await due('INV-00014');
  await page.goto(`/pay?invoices=${id('INV-00014')}`);
  await page.getByLabel('Amount to pay of INV-00014').fill('10.00');
  await payWith(page, 'Visa •••• 0002');
  await page.getByRole('heading', { level: 1, name: 'Payment declined' }).waitFor();
  await page.getByText(/the bank declined the card/).waitFor();
  await page.getByText(/Nothing was charged/).waitFor();
  expect(await standing('INV-00014')).toMatchObject({ reserved: { amount: '0.00' } });
  expect(await due('INV-00014')).toBe(dueBefore);
  await page.getByRole('link', { name: 'Try again or pay otherwise' }).click();
  expect(await page.getByLabel('Amount to pay of INV-00014').inputValue()).toBe('10.00');
  await payWith(page, 'Visa •••• 4242');
  await page.getByText('Thank you: €10.00 paid').waitFor();
  expect(await due('INV-00014')).toBe(dueBefore - 1000);
  await close();
});

test('the stored card pays at once, once also on a double click', async () => {
  const { page, close } = await customer();
  const before = await paymentsMade();
  const dueBefore = await due('INV-00014');
  await page.goto(`/pay?invoices=${id('INV-00014')}`);
  await page.getByLabel('Amount to pay of INV-00014').fill('90');
  await page.getByRole('button', { name: 'Pay €90.00 now' }).dblclick();
  await page.getByText('Thank you: €90.00 paid').waitFor();
  expect(await paymentsMade()).toBe(before + 1);
  expect(await due('INV-00014')).toBe(dueBefore - 9000);
  await close();
});

test('without a connection on the way back, trying again pays once', async () => {
  const { page, close } = await customer();
  const before = await paymentsMade();
  const dueBefore = await due('INV-00014');
  await page.goto(`/pay?invoices=${id('INV-00014')}`);
  await page.getByLabel('Amount to pay of INV-00014').fill('100');
  // The first answer is lost on its way; the second request does not even leave.
  let tries = 0;
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('payInvoices')) return route.fallback();
    tries += 1;
    if (tries === 1) await route.fetch();
    return tries <= 2 ? route.abort('connectionreset') : route.fallback();
  });
  await payWith(page, 'Visa •••• 4242');
  await page.getByText('It is not known yet what came of your payment').waitFor();
  await page.getByText('You are charged once only').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => tries).toBe(2);
  await page.reload(); // By itself it tries a third time, under the same key.
  await page.getByText('Thank you: €100.00 paid').waitFor();
  expect(await paymentsMade()).toBe(before + 1);
  expect(await due('INV-00014')).toBe(dueBefore - 10000);
  // The browser itself says that the connection broke twice, and complains about nothing else.
  await close().catch(({ actual }: { actual?: unknown }) => {
    const broken = 'Failed to load resource: net::ERR_CONNECTION_RESET';
    expect(actual).toEqual([broken, broken]);
  });
});

test('what a colleague has paid meanwhile is refused in words, and nothing is charged twice', async () => {
  const { page, close } = await customer();
  await page.goto(`/pay?invoices=${id('INV-00014')}`);
  await choosePage(page);
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByRole('heading', { name: /Harbour & Finch/ }).waitFor();
  const { payInvoices } = await ask<{ payInvoices: { userErrors: unknown[] } }>(
    gateway.url,
    'customer',
    `mutation ($id: UUID!) {
      payInvoices(input: { invoices: [{ invoiceId: $id }], paymentToken: "tok_visa" }) { userErrors { code } }
    }`,
    { id: id('INV-00014') },
  );
  expect(payInvoices.userErrors).toEqual([]);
  const before = await paymentsMade();
  await page.getByRole('button', { name: /^Pay EUR/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Not paid' }).waitFor();
  await page.getByRole('alert').waitFor();
  await page.getByRole('heading', { name: 'Nothing was charged' }).waitFor();
  await inspect(page);
  expect(await paymentsMade()).toBe(before);
  await page.getByRole('link', { name: 'Look at what is due' }).click();
  await page.getByText('INV-00014 is paid already.').waitFor();
  await close();
});

test('a bank debit reserves the invoice until the bank decides; the open pages then say so by themselves', async () => {
  const { page, context, close } = await customer();
  await page.goto(`/pay?invoices=${id('INV-00025')}`);
  await payWith(page, 'Bank account •••• 3000');
  await page.getByText('€285.60 under way').waitFor();
  await inspect(page);
  const second = await context.newPage();
  await second.goto(`/invoices/${id('INV-00025')}`);
  await second.getByText('A payment of €285.60 is under way.').waitFor();
  expect(await second.getByRole('link', { name: 'Pay now' }).count()).toBe(0);
  await second.goto(`/pay?invoices=${id('INV-00025')}`);
  await second.getByText('INV-00025: a payment is under way.').waitFor();
  await second.goto(`/invoices/${id('INV-00025')}`);
  const payment = new URL(page.url()).searchParams.get('payment') ?? '';
  await gateway.command('webhook', 'send', 'settle', payment);
  await page.getByText('Thank you: €285.60 paid').waitFor();
  await second.getByText('Paid', { exact: true }).first().waitFor();
  expect(await standing('INV-00025')).toMatchObject({ status: 'PAID', reserved: { amount: '0.00' } });
  await close();
});

test('what a payment under way leaves to pay is said wherever the invoice stands, and can be paid', async () => {
  const { page, close } = await customer();
  const told = page.getByText('€100.00 under way, €1,268.50 left to pay');
  await page.goto(`/pay?invoices=${id('INV-00020')}`);
  await page.getByLabel('Amount to pay of INV-00020').fill('100');
  await payWith(page, 'Bank account •••• 3000');
  await page.getByText('€100.00 under way').first().waitFor();
  await page.goto(`/invoices/${id('INV-00020')}`);
  await told.waitFor();
  await page.getByText('You can pay the rest now.').waitFor();
  await page.goto('/');
  await told.waitFor();
  await inspect(page);
  await page.getByRole('link', { name: 'Pay INV-00020' }).click();
  await told.waitFor();
  expect(await page.getByLabel('Amount to pay of INV-00020').inputValue()).toBe('1268.50');
  await close();
});

test('where customers pay in whole, no amount can be changed; where they do not pay online, nothing offers it', async () => {
  const fields = `accept decline comment pay partPay mail review dispute forward cancelSubscription pauseSubscription
    changeSubscription editDetails updatePaymentMethod`;
  const { organisation } = await ask<{ organisation: { portal: Record<string, boolean> } }>(
    gateway.url,
    'owner',
    `{ organisation { portal { ${fields} } } }`,
  );
  const settings = (portal: Record<string, boolean>) =>
    ask(
      gateway.url,
      'owner',
      `mutation ($portal: PortalSettingsInput!) {
        updateSettings(input: { portal: $portal }) { userErrors { message } }
      }`,
      { portal: { ...organisation.portal, ...portal } },
    );
  await settings({ partPay: false });
  const first = await customer();
  await first.page.goto(`/pay?invoices=${id('INV-00020')}`);
  await first.page.getByRole('heading', { name: 'How you pay' }).waitFor();
  expect(await first.page.getByRole('textbox').count()).toBe(0);
  await first.close();
  await settings({ pay: false, dispute: false, forward: false });
  const second = await customer();
  await second.page.goto('/invoices');
  await second.page.getByRole('link', { name: 'INV-00020' }).waitFor();
  expect(await second.page.getByRole('checkbox').count()).toBe(0);
  await second.page.goto(`/invoices/${id('INV-00020')}`);
  await second.page.getByRole('button', { name: 'More' }).click();
  await second.page.getByRole('menuitem').first().waitFor();
  expect(await second.page.getByRole('menuitem').allInnerTexts()).toEqual(['Print']);
  expect(await second.page.getByRole('link', { name: 'Pay now' }).count()).toBe(0);
  await second.page.goto(`/pay?invoices=${id('INV-00020')}`);
  await second.page.getByText('You cannot pay online here.').waitFor();
  await second.close();
  await settings({});
});

test('a card that is remembered takes the place of the stored one', async () => {
  const { page, close } = await customer();
  await page.goto(`/pay?invoices=${id('INV-00024')}`);
  await page.getByLabel('Amount to pay of INV-00024').fill('1.00');
  await choosePage(page);
  await page.getByText('It takes the place of Visa •••• 4242').waitFor();
  await page.getByRole('checkbox', { name: 'Remember this card or account' }).check();
  await payWith(page, 'Mastercard •••• 4444');
  await page.getByText('Thank you: €1.00 paid').waitFor();
  await page.goto('/payment-method');
  await page.getByText('Mastercard •••• 4444').waitFor();
  await close();
});

test('invoices in two currencies are paid one currency at a time', async () => {
  const { customer: payer } = await invoiceOf(gateway.url, 'INV-00024');
  const { invoice, number } = await issue(gateway.url, payer.id, { currency: 'USD', price: '50' });
  const { page, close } = await customer();
  await page.goto('/invoices');
  await page.getByRole('checkbox', { name: `Select ${number} to pay` }).check();
  await page.getByRole('checkbox', { name: 'Select INV-00024 to pay' }).check();
  await page.getByText('One payment is in one currency').waitFor();
  await page.goto(`/pay?invoices=${invoice},${id('INV-00024')}`);
  await page.getByText('These invoices are in different currencies.').waitFor();
  await inspect(page);
  await page.getByRole('link', { name: 'Pay those in USD' }).click();
  expect(await page.getByLabel(`Amount to pay of ${number}`).inputValue()).toBe('50.00');
  expect(await page.getByLabel('Amount to pay of INV-00024').count()).toBe(0);
  await choosePage(page);
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.getByText('Mastercard •••• 4444').click();
  await page.getByRole('button', { name: /^Pay USD/ }).click();
  await page.getByText(/Thank you: US?\$50.00 paid/).waitFor();
  await page.goto('/statement');
  await page.getByRole('table', { name: 'Account in USD' }).getByText(number).waitFor();
  await page.getByRole('table', { name: 'Account in EUR' }).waitFor();
  await close();
});
