import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, look, narrow, signIn } from './support/browser';
import { invoiceOf } from './support/invoices';
import { browser, gateway } from './support/site';

const write = (subject: string, message: string) =>
  ask(
    gateway.url,
    'customer',
    'mutation($input: MailMerchantInput!) { mailMerchant(input: $input) { sent userErrors { code message } } }',
    { input: { subject, message } },
  );
const review = (input: object) =>
  ask(
    gateway.url,
    'customer',
    'mutation($input: ReviewMerchantInput!) { reviewMerchant(input: $input) { sent userErrors { code message } } }',
    { input },
  );

test('where there is nothing yet, the pages say what would be there', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/messages');
  await page.getByText('No customer has written yet.').waitFor();
  await page.getByRole('link', { name: 'Reviews' }).click();
  await page.getByText('No customer has reviewed you yet.').waitFor();
  await page.goto('/messages?show=outbox&state=sent');
  await page.getByText('No mail stands like this.').waitFor();
  await close();
});

test('a message appears while the page is open, with its lines, its customer and a way to answer', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/messages');
  await page.getByText('No customer has written yet.').waitFor();
  await write('Opening hours', 'Are you open on Friday?\nWe would come by.');
  const letter = page.getByRole('article', { name: 'Opening hours' });
  await letter.getByText('Are you open on Friday?').waitFor();
  await letter.getByText('Clara Kontos').waitFor();
  const answer = await letter.getByRole('link', { name: 'Reply by mail' }).getAttribute('href');
  expect(answer).toBe('mailto:customer@demo.example?subject=Re%3A%20Opening%20hours');
  await letter.getByRole('link', { name: /Lighthouse/ }).click();
  await page.getByRole('heading', { level: 1, name: /Lighthouse/ }).waitFor();
  await close();
});

test('a review is shown with its stars, and whether it may be published', async () => {
  await review({ rating: 4, text: 'Quick and friendly.', mayBePublished: true });
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/messages?show=reviews');
  const said = page.getByRole('article', { name: 'Clara Kontos' });
  await said.getByRole('img', { name: '4 of 5 stars' }).waitFor();
  await said.getByText('Quick and friendly.').waitFor();
  await said.getByText('May be published').waitFor();
  await review({ rating: 2, mayBePublished: false }); // It takes the place of the earlier one.
  await said.getByRole('img', { name: '2 of 5 stars' }).waitFor();
  await said.getByText('For you only').waitFor();
  await close();
});

test('outgoing mails say what they are, to whom they go and whether they wait', async () => {
  const { id } = await invoiceOf(gateway.url, 'INV-00018');
  await ask(
    gateway.url,
    'customer',
    'mutation($input: ForwardInvoiceInput!) { forwardInvoice(input: $input) { userErrors { code } } }',
    { input: { invoiceId: id, recipients: ['books@lighthouse.example'] } },
  );
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/messages');
  await page.getByRole('link', { name: 'Outgoing mails' }).click();
  expect(new URL(page.url()).searchParams.get('show')).toBe('outbox');
  const mail = page.getByRole('row').filter({ hasText: 'books@lighthouse.example' }).first();
  await mail.getByText('Invoice INV-00018').waitFor();
  await mail.getByText('Waiting').waitFor();
  await page.getByLabel('Which mails').selectOption({ label: 'Sent' });
  await page.getByText('No mail stands like this.').waitFor();
  expect(new URL(page.url()).searchParams.get('show')).toBe('outbox');
  await page.goBack();
  await mail.waitFor();
  await close();
});

for (const [size, scheme, name] of [
  [desktop, 'light', 'a desktop, light'],
  [desktop, 'dark', 'a desktop, dark'],
  [narrow, 'light', 'a narrow screen, light'],
  [narrow, 'dark', 'a narrow screen, dark'],
] as const) {
  test(`messages, reviews and mails are accessible on ${name}`, async () => {
    const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
    await write(`A long word on ${name}`, `${'Donaudampfschifffahrtsgesellschaft'.repeat(9)}\n\nRegards`);
    for (const show of ['letters', 'reviews', 'outbox']) await look(page, `/messages?show=${show}`, 'Messages');
    await close();
  });
}
