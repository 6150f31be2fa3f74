import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, settled, signIn } from './support/browser';
import { password } from './support/gateway';
import { browser, gateway } from './support/site';

/** The demonstration's estimates by number, its draft as `draft`, and its customers by name. */
const estimates: Record<string, string> = {};
const customers: Record<string, string> = {};

beforeAll(async () => {
  const known = await ask<{
    estimates: { nodes: { id: string; number: string | null }[] };
    customers: { nodes: { id: string; name: string }[] };
  }>(gateway.url, 'staff', '{ estimates { nodes { id number } } customers { nodes { id name } } }');
  for (const { id, number } of known.estimates.nodes) estimates[number ?? 'draft'] = id;
  for (const { id, name } of known.customers.nodes) customers[name] = id;
});

const line = (page: Page, number: number): Locator => page.getByRole('group', { name: `Line ${number}`, exact: true });
const newEstimate = () => `/estimates/new?customer=${customers['Lighthouse Dental']}`;

async function fill(page: Page, number: number, description: string, quantity: string, price: string) {
  const fields = line(page, number);
  await fields.getByLabel('Description').fill(description);
  await fields.getByLabel('Quantity').fill(quantity);
  await fields.getByLabel('Unit price').fill(price);
}

/** What stands in the totals, once they are up to date. */
async function totals(page: Page): Promise<string> {
  const list = page.locator('dl[aria-label="Totals"][aria-busy="false"]');
  await list.waitFor();
  return (await list.textContent()) ?? '';
}

const money = (amount: string) =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' }).format(amount as `${number}`);

async function preview(document: object) {
  const { previewDocument } = await ask<{
    previewDocument: { document: Record<'net' | 'tax' | 'total', { amount: string }> };
  }>(
    gateway.url,
    'staff',
    `query($input: DocumentInput!) { previewDocument(input: $input) {
       document { net { amount } tax { amount } total { amount } } } }`,
    { input: document },
  );
  return previewDocument.document;
}

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the merchant's estimates are accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      await look(page, '/estimates', 'Estimates');
      await look(page, newEstimate(), 'New estimate');
      await look(page, `/estimates/${estimates['EST-00004']}`, 'Estimate EST-00004');
      await look(page, `/estimates/${estimates['EST-00005']}`, 'Estimate EST-00005');
      await look(page, `/estimates/${estimates['EST-00005']}/edit`, 'Rework EST-00005');
      await page.goto(`/estimates/${estimates.draft}`);
      await page.getByRole('button', { name: 'Offer', exact: true }).click();
      await page.getByRole('dialog').waitFor();
      await inspect(page);
      await close();
    });
  }
}

test('the totals are the server’s own, whether amounts are typed with comma or point', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(newEstimate());
  await fill(page, 1, 'Posters', '2,5', '19.99');
  await line(page, 1).getByLabel('Unit price').press('Enter');
  await fill(page, 2, 'Hours', '3', '80');
  await line(page, 2).getByLabel('Discount', { exact: true }).fill('10');
  await line(page, 2).getByLabel('Tax', { exact: true }).selectOption({ label: 'USt 7 %' });
  await page.getByLabel('Discount on the whole document').fill('5,50');
  await page.getByRole('region', { name: 'Totals' }).getByLabel('Discount in').selectOption('amount');
  const lines = [
    { description: 'P', quantity: '2.5', unitPrice: '19.99', tax: { category: 'STANDARD', percent: '19' } },
    {
      description: 'H',
      quantity: '3',
      unitPrice: '80',
      discount: { percent: '10' },
      tax: { category: 'STANDARD', percent: '7' },
    },
  ];
  for (const [label, prices] of [
    ['without tax', 'TAX_EXCLUSIVE'],
    ['including tax', 'TAX_INCLUSIVE'],
  ] as const) {
    await page.getByLabel('Prices').selectOption({ label });
    const expected = await preview({ currency: 'EUR', prices, lines, discount: { amount: '5.5' } });
    await expect.poll(() => totals(page)).toContain(money(expected.total.amount));
    expect(await totals(page)).toContain(money(expected.net.amount));
  }
  expect(await line(page, 1).getByRole('status', { name: 'Amount' }).textContent()).toBe(money('49.98'));
  await close();
});

test('lines are added by Enter, moved and removed from the keyboard, and pasted from a spreadsheet', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(newEstimate());
  await fill(page, 1, 'First', '1', '10');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Second');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('in two rows');
  expect(await line(page, 2).getByLabel('Description').inputValue()).toBe('Second\nin two rows');
  await page.getByRole('button', { name: 'Move line 2 up' }).press('Enter');
  expect(await line(page, 1).getByLabel('Description').inputValue()).toBe('Second\nin two rows');
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toBe('Move line 1 down');
  await page.getByRole('button', { name: 'Remove line 1' }).press('Enter');
  expect(await line(page, 1).getByLabel('Description').inputValue()).toBe('First');
  await page.getByRole('button', { name: 'Add a line' }).click();
  await line(page, 2)
    .getByLabel('Description')
    .evaluate((field) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'Flyers\t200\t€ 0,45\nDelivery\t1\t12.50\n');
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    });
  expect(await line(page, 2).getByLabel('Unit price').inputValue()).toBe('0,45');
  expect(await line(page, 3).getByLabel('Description').inputValue()).toBe('Delivery');
  // 10 and 90 and 12.50, and 19 % on them.
  await expect.poll(() => totals(page)).toContain(money('133.88'));
  await close();
});

test('what is missing or refused is said at its field, and nothing is sent', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(newEstimate());
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('At least one line is needed').waitFor();
  await fill(page, 1, '', '1', 'ten');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  const description = line(page, 1).getByLabel('Description');
  await expect.poll(() => description.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await description.getAttribute('aria-invalid')).toBe('true');
  await line(page, 1).getByText('This is not a number').waitFor();
  // The server's own rule, while one types.
  await fill(page, 1, 'Something', '0', '10');
  const quantity = line(page, 1).getByLabel('Quantity');
  await expect.poll(() => quantity.getAttribute('aria-invalid')).toBe('true');
  await page.getByText('once what is marked is corrected').waitFor();
  await line(page, 1).getByLabel('Discount', { exact: true }).fill('120');
  await quantity.fill('1');
  await expect
    .poll(() => line(page, 1).getByLabel('Discount', { exact: true }).getAttribute('aria-invalid'))
    .toBe('true');
  // The same where it is sent, and the first such field gets the focus.
  await page.getByRole('button', { name: 'Save as draft' }).click();
  const discount = line(page, 1).getByLabel('Discount', { exact: true });
  await expect.poll(() => discount.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await discount.getAttribute('aria-invalid')).toBe('true');
  expect(page.url()).toContain('/estimates/new');
  await inspect(page);
  await close();
});

test('there are no totals while a line cannot be read; Enter below the lines sends nothing; one may start over', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(newEstimate());
  await fill(page, 1, 'Posters', '2', '50');
  await page.getByRole('button', { name: 'Add a line' }).click();
  await line(page, 2).getByLabel('Description').fill('Delivery'); // Without its price it is still being written.
  await expect.poll(() => totals(page)).toContain(money('119.00'));
  await fill(page, 2, 'Delivery', '', '10');
  await line(page, 2).getByText('Please fill this in').waitFor();
  await page.getByText('once what is marked is corrected').waitFor();
  await line(page, 2).getByLabel('Quantity').fill('1e5');
  await line(page, 2).getByText('This is not a number').waitFor();
  await page.getByText('once what is marked is corrected').waitFor();
  await line(page, 2).getByLabel('Quantity').fill('1');
  await expect.poll(() => totals(page)).toContain(money('130.90'));
  const discount = page.getByLabel('Discount on the whole document');
  await discount.fill('10');
  await discount.press('Enter');
  await expect.poll(() => totals(page)).toContain(money('117.81'));
  expect(page.url()).toContain('/estimates/new');
  await page.reload();
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByText('What you had entered before is here again.').waitFor({ state: 'hidden' });
  expect(await line(page, 1).getByLabel('Description').inputValue()).toBe('');
  await page.reload();
  await line(page, 1).waitFor();
  expect(await page.getByText('What you had entered before is here again.').count()).toBe(0);
  await close();
});

test('what was typed outlives a reload and a session that ends', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(newEstimate());
  await fill(page, 1, 'Survivor', '7', '11');
  await expect.poll(() => totals(page)).toContain(money('91.63'));
  await page.reload();
  await page.getByText('What you had entered before is here again.').waitFor();
  expect(await line(page, 1).getByLabel('Description').inputValue()).toBe('Survivor');
  await settled(page);
  await context.clearCookies();
  await page.getByLabel('Notes').fill('Not lost');
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Notes').inputValue()).toBe('Not lost');
  await expect.poll(() => totals(page)).toContain(money('91.63'));
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByRole('heading', { level: 1, name: 'Estimate, never offered yet' }).waitFor();
  await page.getByRole('cell', { name: 'Survivor' }).waitFor();
  // It is sent, so it comes back no more.
  await page.goto(newEstimate());
  await line(page, 1).waitFor();
  expect(await line(page, 1).getByLabel('Description').inputValue()).toBe('');
  await close();
});

test('a declined estimate is reworked and offered again, and the customer’s open page shows it by itself', async () => {
  const customer = await signIn(browser, gateway.url, 'customer');
  const staff = await signIn(browser, gateway.url, 'staff');
  const path = `/estimates/${estimates['EST-00005']}`;
  await customer.page.goto(path);
  await customer.page.getByRole('heading', { level: 1, name: 'Estimate EST-00005' }).waitFor();
  await staff.page.goto(path);
  const words = staff.page.getByRole('group', { name: /Lighthouse Dental declined/ });
  await words.getByText('The quarter with two films.').waitFor();
  await staff.page.getByRole('link', { name: 'Rework' }).click();
  await words.getByText('The quarter with two films.').waitFor(); // Beside the lines, too.
  await line(staff.page, 2).getByLabel('Quantity').fill('2');
  await staff.page.getByRole('button', { name: 'Save and offer…' }).click();
  const dialog = staff.page.getByRole('dialog', { name: 'Offer again' });
  await expect
    .poll(() => dialog.getByLabel('Valid until').evaluate((field) => field === document.activeElement))
    .toBe(true);
  await dialog.getByLabel('Deposit').fill('many');
  await dialog.getByRole('button', { name: 'Offer again' }).click();
  await dialog.getByText('This is not a percentage').waitFor();
  await dialog.getByLabel('Deposit').fill('20');
  await dialog.getByRole('button', { name: 'Offer again' }).click();
  await staff.page.getByText('EST-00005 is offered.').waitFor();
  const total = money('5831.00');
  await customer.page.getByText(total).first().waitFor();
  await customer.page.getByRole('button', { name: 'Accept' }).waitFor();
  const { estimate } = await ask<{
    estimate: { state: string; revision: number; revisions: { document: { lines: { lineId: number }[] } }[] };
  }>(
    gateway.url,
    'staff',
    'query($id: UUID!) { estimate(id: $id) { state revision revisions { document { lines { lineId } } } } }',
    { id: estimates['EST-00005'] },
  );
  expect([estimate.state, estimate.revision]).toEqual(['OFFERED', 2]);
  // Lines keep their ids, so that revisions compare line by line.
  expect(estimate.revisions.map(({ document }) => document.lines.map(({ lineId }) => lineId))).toEqual([
    [1, 2],
    [1, 2],
  ]);
  await customer.close();
  await staff.close();
});

test('where somebody was faster the person is told, keeps what was typed, and may save it after all', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(`/estimates/${estimates.draft}/edit`);
  await line(page, 1).getByLabel('Quantity').fill('300');
  await ask(
    gateway.url,
    'owner',
    'mutation($input: ReviseEstimateInput!) { reviseEstimateDraft(input: $input) { userErrors { message } } }',
    {
      input: {
        estimateId: estimates.draft,
        document: { currency: 'EUR', lines: [{ description: 'Other posters', quantity: '1', unitPrice: '5' }] },
      },
    },
  );
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('Saving once more puts yours in its place.').waitFor();
  const [look] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('link', { name: 'How it stands now (in a new tab)' }).click(),
  ]);
  await look.getByText('Other posters').first().waitFor();
  await look.close();
  expect(await line(page, 1).getByLabel('Quantity').inputValue()).toBe('300');
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await page.getByText('The estimate is saved.').waitFor();
  await close();
});

test('an acceptance is recorded, undone, recorded again and turned into an invoice', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(`/estimates/${estimates['EST-00004']}`);
  const more = async (entry: string) => {
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: entry }).click();
  };
  const record = async () => {
    await more('Record an acceptance');
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByLabel('Who accepted').inputValue()).toBe('Jonas Peters');
    await dialog.getByRole('button', { name: 'Record the acceptance' }).click();
    await page.getByRole('group', { name: /Accepted by Jonas Peters/ }).waitFor();
  };
  await record();
  await more('Undo the acceptance');
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the acceptance' }).click();
  await page.getByText('Please say why.').waitFor();
  await page.getByRole('dialog').getByLabel('Reason').fill('It was another estimate.');
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the acceptance' }).click();
  await page.getByRole('link', { name: 'Rework' }).waitFor();
  await record();
  await page.getByRole('button', { name: 'Convert to invoice' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make the invoice' }).click();
  await page.waitForURL(/\/invoices\//);
  await close();
});

test('an offer is withdrawn with a reason; an expired one can be reworked', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/estimates?show=expired');
  await page.getByRole('link', { name: 'EST-00002' }).click();
  await page.getByText('This offer has expired').waitFor();
  await page.getByRole('link', { name: 'Rework' }).waitFor();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem').first().waitFor();
  expect(await page.getByRole('menuitem', { name: 'Record an acceptance' }).count()).toBe(0);
  await page.getByRole('menuitem', { name: 'Withdraw' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('Nobody answered.');
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText('This offer was withdrawn').waitFor();
  await close();
});

test('the list is filtered by state, customer and words', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/estimates');
  await page.getByRole('link', { name: 'EST-00001' }).waitFor();
  await page.getByRole('searchbox').fill('catalogue');
  await page.waitForURL(/q=catalogue/);
  await page.getByRole('link', { name: 'EST-00006' }).waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'EST-00001' }).waitFor();
  await page.getByRole('searchbox').fill('nothing like this');
  await page.getByText('No estimate is like this.').waitFor();
  await page.goto(`/estimates?customer=${customers['Stadtwerk Elmshorn AöR']}`);
  await page.getByRole('link', { name: 'EST-00007' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  await close();
});

test('an accountant reads everything and is offered nothing to do', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/estimates');
  await page.getByRole('link', { name: 'EST-00001' }).waitFor();
  expect(await page.getByRole('link', { name: 'New estimate' }).count()).toBe(0);
  for (const name of ['draft', 'EST-00001', 'EST-00006', 'EST-00007']) {
    await page.goto(`/estimates/${estimates[name]}`);
    await page.getByRole('heading', { name: 'History' }).waitFor();
    for (const action of ['Edit', 'Offer', 'Offer again', 'Rework', 'Convert to invoice', 'Send']) {
      expect(await page.getByRole('button', { name: action, exact: true }).count(), `${action} of ${name}`).toBe(0);
      expect(await page.getByRole('link', { name: action, exact: true }).count(), `${action} of ${name}`).toBe(0);
    }
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem').first().waitFor();
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual(['Print']);
  }
  await page.goto(`/estimates/${estimates['EST-00005']}/edit`);
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});
