import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, signIn } from './support/browser';
import { browser, gateway } from './support/site';

const merchant = 'Harbour & Finch Studio GmbH';

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the dashboard and the merchant's page are accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'customer', { size, scheme });
      await look(page, '/', 'Welcome, Clara Kontos');
      await look(page, '/merchant', 'Your merchant');
      for (const [opener, title] of [
        ['Write a message', `Message to ${merchant}`],
        ['Write a review', `Review of ${merchant}`],
      ] as const) {
        await page.getByRole('button', { name: opener }).click();
        const dialog = page.getByRole('dialog', { name: title });
        await dialog.getByRole('textbox').first().waitFor();
        await inspect(page);
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await dialog.waitFor({ state: 'hidden' });
      }
      await close();
    });
  }
}

for (const [language, welcome, estimates] of [
  ['de', 'Willkommen, Clara Kontos', 'Angebote'],
  ['es', 'Le damos la bienvenida, Clara Kontos', 'Presupuestos'],
  ['fr', 'Bienvenue, Clara Kontos', 'Devis'],
] as const) {
  test(`the pages speak ${language}, and fit a narrow screen in it`, async () => {
    const { page, close } = await signIn(browser, gateway.url, 'customer', { size: narrow });
    await page.evaluate((chosen) => localStorage.setItem('billing-language', chosen), language);
    await look(page, '/', welcome);
    await look(page, '/merchant', /./);
    await look(page, '/estimates', estimates);
    await page.getByRole('link', { name: 'EST-00006' }).click();
    await page.getByRole('heading', { level: 1, name: /EST-00006/ }).waitFor();
    await inspect(page);
    await close();
  });
}

test('what is owed is on the first page, and leads to the invoices', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.getByText('The studio is closed from 24 December to 2 January.').waitFor();
  await page.getByRole('link', { name: /Outstanding.*€5,085\.80/ }).click();
  await page.waitForURL(/\/invoices\?sort=most-due$/);
  await page.goBack();
  await page.getByRole('link', { name: /Overdue.*€1,380\.20.*2 invoices/ }).click();
  await page.waitForURL(/\/invoices\?show=overdue$/);
  await page.goBack();
  await page.getByText(/^€276\.10$/).waitFor();
  const first = page.getByRole('table', { name: 'Outstanding invoices' }).getByRole('row', { name: /INV-00014/ });
  await first.getByText('Overdue').waitFor();
  await first.getByRole('link', { name: 'Pay INV-00014' }).click();
  await page.waitForURL(/\/pay\?invoices=/);
  await close();
});

test('what was billed and paid month by month can be read without seeing the bars', async () => {
  const { dashboard } = await ask<{
    dashboard: { months: { billed: { amount: string }; paid: { amount: string } }[] };
  }>(gateway.url, 'customer', '{ dashboard { months { billed { amount } paid { amount } } } }');
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  const rows = page.getByRole('table', { name: 'Billed and paid by month' }).getByRole('row');
  await rows.first().waitFor({ state: 'attached' });
  const shown = (await rows.allTextContents()).slice(1).map((row) => row.replace(/^.*?€/, '€').replace(/,/g, ''));
  expect(shown).toEqual(dashboard.months.map(({ billed, paid }) => `€${billed.amount}€${paid.amount}`));
  expect(shown).toHaveLength(12);
  await close();
});

test('what happens elsewhere stands on the first page at once', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  const waiting = page.getByRole('table', { name: 'Waiting for your answer' });
  await waiting.getByRole('link', { name: 'EST-00006' }).waitFor();
  const { viewer } = await ask<{ viewer: { customerId: string } }>(
    gateway.url,
    'customer',
    '{ viewer { customerId } }',
  );
  const { draftEstimate } = await ask<{ draftEstimate: { estimate: { id: string } } }>(
    gateway.url,
    'staff',
    'mutation($i: DraftEstimateInput!) { draftEstimate(input: $i) { estimate { id } } }',
    {
      i: {
        customerId: viewer.customerId,
        document: {
          currency: 'EUR',
          lines: [
            {
              description: 'Window lettering',
              quantity: '1',
              unitPrice: '300',
              tax: { category: 'STANDARD', percent: '19' },
            },
          ],
        },
      },
    },
  );
  const offer = 'mutation($i: OfferEstimateInput!) { offerEstimate(input: $i) { estimate { number } } }';
  await ask(gateway.url, 'staff', offer, { i: { estimateId: draftEstimate.estimate.id } });
  await waiting.getByRole('row', { name: /€357\.00/ }).waitFor();
  await page.getByRole('region', { name: 'Recent activity' }).getByText('Estimate offered').first().waitFor();
  await waiting
    .getByRole('row', { name: /€357\.00/ })
    .getByRole('link')
    .click();
  await page.getByRole('button', { name: 'Accept' }).waitFor();
  await close();
});

test('a letter to the merchant needs a subject and words, and arrives', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/merchant');
  await page.getByRole('button', { name: 'Write a message' }).click();
  const dialog = page.getByRole('dialog', { name: `Message to ${merchant}` });
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText('Say in a few words what it is about.').waitFor();
  await dialog.getByText('Write your message.').waitFor();
  await dialog.getByLabel('Subject').fill('Opening hours');
  await dialog.getByLabel('Message').fill('Are you open on 23 December?');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByText(`${merchant} can see your message.`).waitFor();
  const { messages } = await ask<{ messages: { nodes: object[] } }>(
    gateway.url,
    'staff',
    '{ messages(first: 1) { nodes { subject message } } }',
  );
  expect(messages.nodes).toEqual([{ subject: 'Opening hours', message: 'Are you open on 23 December?' }]);
  await close();
});

test('a review is written with the keyboard alone', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/merchant');
  await page.getByRole('button', { name: 'Write a review' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: `Review of ${merchant}` });
  await dialog.getByRole('button', { name: 'Send' }).press('Enter');
  await dialog.getByText('Choose between 1 and 5 stars.').waitFor();
  await dialog.getByRole('radio', { name: '1 star, poor' }).focus();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  expect(await dialog.getByRole('radio', { name: '4 stars, very good' }).getAttribute('aria-checked')).toBe('true');
  await dialog.getByLabel(/In your words/).fill('Quick and friendly.');
  await dialog.getByLabel(/may show this review/).press('Space');
  await dialog.getByRole('button', { name: 'Send' }).press('Enter');
  await page.getByText('Thank you. Your review was saved.').waitFor();
  const { reviews } = await ask<{ reviews: { nodes: object[] } }>(
    gateway.url,
    'staff',
    '{ reviews(first: 1) { nodes { rating text mayBePublished } } }',
  );
  expect(reviews.nodes).toEqual([{ rating: 4, text: 'Quick and friendly.', mayBePublished: true }]);
  await close();
});
