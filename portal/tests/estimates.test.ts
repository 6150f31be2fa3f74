import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, signIn } from './support/browser';
import { browser, gateway } from './support/site';

const numbers = { waiting: 'EST-00006', declined: 'EST-00005', invoiced: 'EST-00003' };
let paths: Record<keyof typeof numbers, string>;
let id = '';

beforeAll(async () => {
  const { estimates } = await ask<{ estimates: { nodes: { id: string; number: string }[] } }>(
    gateway.url,
    'customer',
    '{ estimates { nodes { id number } } }',
  );
  const of = (number: string) => estimates.nodes.find((one) => one.number === number)?.id ?? '';
  id = of(numbers.waiting);
  paths = {
    waiting: `/estimates/${id}`,
    declined: `/estimates/${of(numbers.declined)}`,
    invoiced: `/estimates/${of(numbers.invoiced)}`,
  };
});

interface Known {
  state: string;
  revision: number;
  revisions: {
    viewedOn: string | null;
    answeredBy: string | null;
    reason: string | null;
    wouldAccept: string | null;
  }[];
}

/** What the server knows of the estimate. */
const known = async () =>
  (
    await ask<{ estimate: Known }>(
      gateway.url,
      'staff',
      'query($id: UUID!) { estimate(id: $id) { state revision revisions { viewedOn answeredBy reason wouldAccept } } }',
      { id },
    )
  ).estimate;

const line = (lineId: number | null, description: string, quantity: string, unitPrice: string) => ({
  ...(lineId ? { lineId } : {}),
  description,
  quantity,
  unitPrice,
  tax: { category: 'STANDARD', percent: '19' },
});

/** Staff work the offer over and make it anew, while the customer may be looking at it. */
async function offerAnew(lines: object[], deposit = '0', terms: string | null = null): Promise<void> {
  const document = { currency: 'EUR', lines, terms };
  const rework = 'mutation($i: ReviseEstimateInput!) { reworkEstimate(input: $i) { userErrors { message } } }';
  const reoffer = 'mutation($i: OfferEstimateInput!) { reofferEstimate(input: $i) { userErrors { message } } }';
  const said = [
    await ask(gateway.url, 'staff', rework, { i: { estimateId: id, document } }),
    await ask(gateway.url, 'staff', reoffer, { i: { estimateId: id, depositPercent: deposit } }),
  ];
  expect(said).toEqual([{ reworkEstimate: { userErrors: [] } }, { reofferEstimate: { userErrors: [] } }]);
}

const choose = async (page: Page, entry: string) => {
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: entry }).click();
};

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`estimates and their dialogs are accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'customer', { size, scheme });
      await look(page, '/estimates', 'Estimates');
      await look(page, paths.declined, `Estimate ${numbers.declined}`);
      await look(page, paths.waiting, `Estimate ${numbers.waiting}`);
      await page.getByRole('button', { name: 'Accept' }).click();
      const accepting = page.getByRole('dialog', { name: `Accept estimate ${numbers.waiting}` });
      await accepting.getByText('After you accept').waitFor();
      await inspect(page);
      await page.keyboard.press('Escape');
      await accepting.waitFor({ state: 'hidden' });
      for (const entry of ['Decline', 'Forward']) {
        await choose(page, entry);
        const dialog = page.getByRole('dialog', { name: `${entry} estimate ${numbers.waiting}` });
        await dialog.getByRole('textbox').first().waitFor();
        await inspect(page);
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await dialog.waitFor({ state: 'hidden' });
      }
      await close();
    });
  }
}

test('an estimate that is not there is not found', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/estimates/00000000-0000-7000-8000-000000000000');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});

test('staff who look as the customer see the offer, and neither answer it nor count as having looked', async () => {
  const { estimate } = await ask<{ estimate: { customer: { id: string } } }>(
    gateway.url,
    'staff',
    'query($id: UUID!) { estimate(id: $id) { customer { id } } }',
    { id },
  );
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.evaluate((customer) => sessionStorage.setItem('billing-view-as', customer), estimate.customer.id);
  await page.goto(paths.waiting);
  await page.getByRole('heading', { level: 1, name: numbers.waiting }).waitFor();
  await page.getByRole('region', { name: 'Conversation' }).getByText('made offer 1').waitFor();
  expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  expect(await page.getByLabel('Your question or comment').count()).toBe(0);
  await close();
});

test('the merchant is told once that the offer was looked at', async () => {
  const { history } = await ask<{ history: { event: string }[] }>(
    gateway.url,
    'staff',
    'query($id: UUID!) { history(of: $id) { event } }',
    { id },
  );
  expect(history.filter(({ event }) => event === 'EstimateViewed')).toHaveLength(1);
  expect((await known()).revisions[0]?.viewedOn).not.toBeNull();
});

test('what was answered says so, and leads to what came of it', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(paths.declined);
  const status = page.getByRole('status').filter({ hasText: 'Declined on' });
  await status.getByText('The quarter with two films.').waitFor();
  expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  await page.goto(paths.invoiced);
  await page
    .getByRole('status')
    .getByRole('link', { name: /^Invoice INV-/ })
    .click();
  await page.waitForURL(/\/invoices\//);
  await close();
});

test('a comment is part of the conversation, and an empty one is not sent', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(paths.waiting);
  const talk = page.getByRole('region', { name: 'Conversation' });
  await talk.getByRole('button', { name: 'Send' }).click();
  await talk.getByText('Write something first.').waitFor();
  await talk.getByLabel('Your question or comment').fill('é'.repeat(5002));
  await talk.getByRole('button', { name: 'Send' }).click();
  await talk.getByText('At most 5,000 characters: these are 2 too many.').waitFor();
  await talk.getByLabel('Your question or comment').fill('Is the photography needed?\nWe have somebody.');
  await talk.getByRole('button', { name: 'Send' }).click();
  await talk.getByRole('listitem').filter({ hasText: 'Is the photography needed?' }).waitFor();
  expect(await talk.getByLabel('Your question or comment').inputValue()).toBe('');
  // The merchant's answer comes by itself.
  const answer = 'mutation($i: CommentOnEstimateInput!) { commentOnEstimate(input: $i) { userErrors { message } } }';
  await ask(gateway.url, 'staff', answer, { i: { estimateId: id, text: 'Then we leave it out.' } });
  await talk.getByRole('listitem').filter({ hasText: 'Then we leave it out.' }).waitFor();
  await close();
});

test('an offer is sent on to contacts and others, and a wrong address is named', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(paths.waiting);
  await choose(page, 'Forward');
  const dialog = page.getByRole('dialog', { name: /^Forward estimate/ });
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText('Choose a contact or type an address.').waitFor();
  await dialog.getByLabel('Clara Kontos').check();
  await dialog.getByLabel('Other e-mail addresses').fill('board@lighthouse.example, nobody');
  await dialog.getByLabel('Message').fill('Please have a look.');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText(/^nobody: /).waitFor();
  await dialog.getByLabel('Other e-mail addresses').fill('board@lighthouse.example');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Queued for 2 people: mail is not set up yet.').waitFor();
  await page.getByRole('region', { name: 'History' }).getByText('Estimate forwarded').waitFor();
  await close();
});

test('a refusal needs a reason, which a reload does not lose', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(paths.waiting);
  await choose(page, 'Decline');
  const dialog = page.getByRole('dialog', { name: /^Decline estimate/ });
  await dialog.getByRole('button', { name: 'Decline' }).click();
  await dialog.getByText('Say in a few words why you decline.').waitFor();
  await dialog.getByLabel('Why do you decline?').fill('The build is above what our board approved.');
  await page.reload();
  await choose(page, 'Decline');
  expect(await dialog.getByLabel('Why do you decline?').inputValue()).toMatch(/our board/);
  await dialog.getByLabel(/What would you accept/).fill('Less than 26,000.');
  await dialog.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('status').getByText('Less than 26,000.').waitFor();
  expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  expect(await known()).toMatchObject({ state: 'DECLINED', revisions: [{ wouldAccept: 'Less than 26,000.' }] });
  await close();
});

test('a new offer shows at once what has changed, line by line', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer', { size: narrow });
  await page.goto(paths.waiting);
  await page.getByRole('status').getByText('The build is above').waitFor();
  const lines = [
    line(1, 'Website relaunch: design', '12', '780'),
    line(2, 'Website relaunch: build in two steps', '16', '795'),
    line(null, 'Hand-over, one day', '1', '640'),
  ];
  await offerAnew(lines, '30', 'A third with the order.');
  await page.getByRole('status').getByText('A new offer is here').waitFor();
  await page.getByRole('button', { name: 'See what has changed' }).click();
  const row = (name: string) => page.getByRole('table', { name: 'What has changed' }).getByRole('row', { name });
  for (const [name, kind, before, after] of [
    ['Website relaunch: build in two steps', 'Changed', '18 × 820.00 = €14,760.00', '16 × 795.00 = €12,720.00'],
    ['Hand-over, one day', 'Added', '', '1 × 640.00 = €640.00'],
    ['Photography', 'Removed', '1 × 1,200.00 = €1,200.00', ''],
    ['Total', 'Changed', '€30,130.80', '€27,036.80'],
    ['Deposit', 'Added', '', '€8,111.04'],
    ['Terms', 'Changed', 'Half with the order', 'A third with the order.'],
  ] as const) {
    const text = await row(name).textContent();
    expect(
      [kind, before, after].filter((part) => !text?.includes(part)),
      `${name}: ${text}`,
    ).toEqual([]);
  }
  expect(await row('Website relaunch: design').count()).toBe(0);
  await page.getByRole('button', { name: /^Show what is unchanged/ }).click();
  await row('Website relaunch: design').waitFor();
  await inspect(page);
  // The earlier offer can be read, not answered.
  await page.getByLabel('Which offer').selectOption({ index: 1 });
  await page.getByText('It can no longer be answered.').waitFor();
  await page
    .getByRole('region', { name: `Estimate ${numbers.waiting}` })
    .getByText('Superseded')
    .waitFor();
  expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Show the newest offer' }).click();
  await page.getByRole('button', { name: 'Accept' }).waitFor();
  await close();
});

test('an offer that changes under an open dialog cannot be accepted unseen', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(paths.waiting);
  await page.getByRole('button', { name: 'Accept' }).click();
  const dialog = page.getByRole('dialog', { name: /^Accept estimate/ });
  await dialog.getByLabel('I agree to the terms').check();
  await offerAnew([line(1, 'Website relaunch: design', '12', '760'), line(2, 'Website relaunch: build', '16', '790')]);
  await dialog.getByRole('alert').getByText('The offer has changed').waitFor();
  expect(await dialog.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  await dialog.getByRole('button', { name: 'Show the estimate' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('status').getByText('A new offer is here').waitFor();
  // With three offers, any two can be compared.
  await page.getByLabel('Compare this offer').selectOption({ index: 0 });
  await page.getByRole('table', { name: 'What has changed' }).getByRole('row', { name: 'Photography' }).waitFor();
  expect((await known()).state).toBe('OFFERED');
  await close();
});

test('where the page has not heard of the new offer, the server refuses the old one', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.routeWebSocket(/graphql\/ws/, () => {}); // The line stands, and nothing comes over it.
  await page.goto(paths.waiting);
  await page.getByRole('button', { name: 'Accept' }).click();
  const dialog = page.getByRole('dialog', { name: /^Accept estimate/ });
  await dialog.getByText('After you accept').waitFor();
  const design = [line(1, 'Website relaunch: design', '12', '750'), line(2, 'Website relaunch: build', '16', '790')];
  await offerAnew(design, '0', 'Paid with the launch.');
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await dialog.getByText('The offer has changed').waitFor();
  await dialog.getByRole('button', { name: 'Show the estimate' }).click();
  await page
    .getByRole('region', { name: `Estimate ${numbers.waiting}` })
    .getByText('Paid with the launch.')
    .waitFor();
  expect(await known()).toMatchObject({ state: 'OFFERED', revision: 4 });
  await close();
});

test('an acceptance needs a name and the terms, and holds what was agreed to', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto(paths.waiting);
  await page.getByRole('button', { name: 'Accept' }).click();
  const dialog = page.getByRole('dialog', { name: /^Accept estimate/ });
  expect(await dialog.getByLabel('Your name').inputValue()).toBe('Clara Kontos');
  await dialog.getByLabel('Your name').fill(' ');
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await dialog.getByText('Enter your name.').waitFor();
  await dialog.getByText('Please agree to the terms.').waitFor();
  await inspect(page);
  await dialog.getByLabel('Your name').fill('Dr Clara Kontos');
  await dialog.getByLabel('I agree to the terms').check();
  await dialog.getByRole('button', { name: 'Accept' }).dblclick(); // Twice is once.
  await page.getByRole('status').getByText('Accepted by Dr Clara Kontos').waitFor();
  await page.getByRole('region', { name: 'Conversation' }).getByText('Signed as Dr Clara Kontos').waitFor();
  const sheet = page.locator('[data-print=sheet]');
  await sheet.getByText(/^Offer \d+ accepted by Dr Clara Kontos on 22 Nov 2026/).waitFor();
  expect(await known()).toMatchObject({
    state: 'ACCEPTED',
    revisions: [{}, {}, {}, { answeredBy: 'Dr Clara Kontos' }],
  });
  await inspect(page);
  await close();
});
