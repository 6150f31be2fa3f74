import type { BrowserContext, Page, Request, WebSocketRoute } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { signIn } from './support/browser';
import { password } from './support/gateway';
import { invoiceOf, issue } from './support/invoices';
import { browser, gateway } from './support/site';

/** What the browser itself says of a line that these tests have cut. */
const cut = /Failed to load resource|WebSocket connection to/;

const cannotBeReached = 'The server cannot be reached just now.';

const isSaving = (request: Request) => request.postData()?.includes('updateSettings(') ?? false;
const keyOf = (request: Request) => request.headers()['idempotency-key'] ?? '';

/** The keys under which the settings are sent from now on, each as often as it is sent. */
function keysSent(page: Page): string[] {
  const keys: string[] = [];
  page.on('request', (request) => isSaving(request) && keys.push(keyOf(request)));
  return keys;
}

interface Known {
  organisation: { version: number; banner: string | null; settings: { offerValidDays: number } };
}
const known = async () =>
  (await ask<Known>(gateway.url, 'owner', '{ organisation { version banner settings { offerValidDays } } }'))
    .organisation;
const elsewhere = (banner: string) =>
  ask(
    gateway.url,
    'owner',
    'mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { userErrors { code } } }',
    { input: { banner } },
  );

const banner = (page: Page) => page.getByLabel('Notice to all customers');
const saveBanner = (page: Page) => page.getByRole('form', { name: 'Notice and time zone' }).getByRole('button');

/** The page learns of nothing by itself: its line for that is dead. */
const withoutLine = (context: BrowserContext) => context.routeWebSocket(/graphql\/ws/, () => undefined);

test('a form that is sent twice at once is sent once, by click and by Enter', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner');
  const keys = keysSent(page);
  await page.route('**/graphql', async (route) => {
    if (isSaving(route.request())) await new Promise((go) => setTimeout(go, 300)); // The server takes its time.
    await route.continue();
  });
  await page.goto('/settings');
  const { version } = await known();
  await banner(page).fill('Once only.');
  await saveBanner(page).first().dblclick();
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect(keys.length).toBe(1);
  expect(await known()).toMatchObject({ version: version + 1, banner: 'Once only.' });
  await page.goto('/settings/billing');
  const days = page.getByLabel('Offers are valid for (days)');
  await days.fill('17');
  await days.press('Enter');
  await days.press('Enter');
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect(keys.length).toBe(2);
  expect(await known()).toMatchObject({ version: version + 2, settings: { offerValidDays: 17 } });
  await close();
});

test('where the answer is lost, the input stays, and sending it again does it once', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  await withoutLine(context);
  await page.goto('/settings');
  const keys = keysSent(page);
  const { version } = await known();
  await page.route('**/graphql', async (route) => {
    if (!isSaving(route.request())) return route.continue();
    await route.fetch(); // The server has done it, and nobody learns of it.
    await route.abort('connectionreset');
  });
  await banner(page).fill('Sent, but not heard of.');
  await saveBanner(page).first().click();
  await page.getByRole('alert').getByText('It is not known whether this arrived.').waitFor();
  expect(await banner(page).inputValue()).toBe('Sent, but not heard of.');
  expect(await known()).toMatchObject({ version: version + 1, banner: 'Sent, but not heard of.' });
  await page.unroute('**/graphql');
  await saveBanner(page).first().click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect(keys.length).toBe(2);
  expect(new Set(keys).size).toBe(1);
  expect((await known()).version).toBe(version + 1);
  await close();
});

test('where the answer is lost and the page loaded again, what it kept is sent once: told where it differs by now', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'staff', { forgiven: cut });
  await withoutLine(context);
  const recorded = async (reference: string) =>
    (
      await ask<{ payments: { nodes: { reference: string | null }[] } }>(
        gateway.url,
        'staff',
        '{ payments(first: 50) { nodes { reference } } }',
      )
    ).payments.nodes.filter((one) => one.reference === reference).length;
  const { customer } = await invoiceOf(gateway.url, 'INV-00023');
  const { number } = await issue(gateway.url, customer.id, { currency: 'EUR', price: '200' });
  const [twice, paying] = [`Twice ${number}`, `Paying ${number}`];
  const submit = page.getByRole('button', { name: 'Record the payment' });
  const fill = async (reference: string) => {
    await page.goto(`/payments/new?customer=${customer.id}`);
    await page.getByText(number).waitFor();
    await page.getByLabel('Amount received').fill('300');
    await page.getByLabel('Reference').fill(reference);
  };
  const sendUnheard = async () => {
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('recordPayment(')) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await submit.click();
    await page.getByRole('alert').getByText('It is not known whether this arrived.').waitFor();
    await page.unroute('**/graphql');
    await page.reload();
    await page.getByText('INV-00023').waitFor();
  };
  await fill(twice);
  await sendUnheard();
  await submit.click();
  await page.getByRole('heading', { level: 1, name: /^PAY-/ }).waitFor();
  expect(await recorded(twice)).toBe(1);

  await fill(paying);
  await page.getByLabel(`For ${number}`).fill('200');
  await sendUnheard();
  expect(await page.getByText(number).count()).toBe(0); // It is paid, and not part of what is sent next.
  await submit.click();
  await page.getByRole('alert').getByText('This was sent once already, with other contents.').waitFor();
  expect(await recorded(paying)).toBe(1);
  await submit.click(); // Who knows, and wants another one, gets it.
  await page.getByRole('heading', { level: 1, name: /^PAY-/ }).waitFor();
  expect(await recorded(paying)).toBe(2);
  await close();
});

test('without a network the page says so and keeps everything; afterwards it goes on', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  await page.goto('/settings');
  const keys = keysSent(page);
  await banner(page).fill('Written in a tunnel.');
  const { version } = await known();
  await context.setOffline(true);
  await page.getByRole('status').getByText(cannotBeReached).waitFor();
  await saveBanner(page).first().click();
  await page.getByRole('alert').getByText('It is not known whether this arrived.').waitFor();
  expect(await banner(page).inputValue()).toBe('Written in a tunnel.');
  await context.setOffline(false);
  await expect.poll(() => page.getByText(cannotBeReached).count(), { timeout: 10_000 }).toBe(0);
  await saveBanner(page).first().click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect(new Set(keys).size).toBe(1);
  expect(await known()).toMatchObject({ version: version + 1, banner: 'Written in a tunnel.' });
  await close();
});

test('a session that ends under a form asks for the password, then sends the form once', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'owner');
  await page.goto('/settings');
  const keys = keysSent(page);
  await banner(page).fill('Signed out meanwhile.');
  const { version } = await known();
  await context.clearCookies();
  await saveBanner(page).first().click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByLabel('Password', { exact: true }).fill('a wrong one');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect(await banner(page).inputValue()).toBe('Signed out meanwhile.');
  expect(new Set(keys).size).toBe(1);
  expect(await known()).toMatchObject({ version: version + 1, banner: 'Signed out meanwhile.' });
  await close();
});

test('a reload brings back what was entered; signing out forgets it', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner');
  await page.goto('/settings');
  await banner(page).fill('Half a senten');
  await page.reload();
  await expect.poll(() => banner(page).inputValue()).toBe('Half a senten');
  await page.getByRole('button', { name: /Account of Olga Harbour/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: /Sign in/ }).waitFor();
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('Half a senten');
  await page.locator('input[type=email]').fill('owner@demo.example');
  await page.locator('input[type=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('main#main').waitFor();
  await page.goto('/settings');
  await banner(page).waitFor();
  expect(await banner(page).inputValue()).toBe((await known()).banner);
  await close();
});

test('without a network it is said once, also where something was asked meanwhile; afterwards the page is as the server has it', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  await page.goto('/settings');
  await banner(page).waitFor();
  await context.setOffline(true);
  await page.getByRole('status').getByText(cannotBeReached).waitFor();
  let failed = 0;
  page.on('requestfailed', (request) => {
    if (request.url().endsWith('/graphql')) failed += 1;
  });
  const askAgain = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(() => askAgain().then(() => failed), { timeout: 10_000, interval: 300 }).toBeGreaterThan(0);
  expect(await page.getByText(cannotBeReached).count()).toBe(1);
  await elsewhere('Said while the other was in a tunnel.');
  await context.setOffline(false);
  await expect.poll(() => banner(page).inputValue(), { timeout: 20_000 }).toBe('Said while the other was in a tunnel.');
  await expect.poll(() => page.getByText(cannotBeReached).count(), { timeout: 10_000 }).toBe(0);
  await close();
});

test('a page whose refresh fails keeps what it shows, and what is typed into it, says so, and goes on by itself', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  await page.goto('/settings');
  await banner(page).fill('Typed before the fault.');
  await page.route('**/graphql', (route) => route.fulfill({ status: 502, body: '' }));
  await page.evaluate(() => window.dispatchEvent(new Event('online'))); // Everything open is asked for again.
  await page.getByRole('alert').getByText(cannotBeReached).first().waitFor();
  expect(await banner(page).inputValue()).toBe('Typed before the fault.');
  await page.unroute('**/graphql');
  await expect.poll(() => page.getByRole('alert').count(), { timeout: 20_000 }).toBe(0);
  expect(await banner(page).inputValue()).toBe('Typed before the fault.');
  await saveBanner(page).first().click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  await close();
});

test('where the notices cannot be loaded, what was done is said all the same', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  await page.route('**/assets/Notices-*', (route) => route.abort());
  await page.goto('/settings');
  await banner(page).fill('Said in plain.');
  await saveBanner(page).first().click();
  await page.getByRole('status').getByText('Saved.', { exact: true }).waitFor();
  expect(await banner(page).inputValue()).toBe('Said in plain.');
  await close();
});

test('a fault of the server is said, and tried again, and no page stays blank', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  for (const answer of [
    { status: 500, contentType: 'text/html', body: '<h1>Oops</h1>' },
    { status: 502, body: '' },
    {
      status: 200,
      contentType: 'application/json',
      body: JSON.stringify({
        data: null,
        errors: [{ message: 'Something went wrong on our side (id 7f).', extensions: { code: 'INTERNAL' } }],
      }),
    },
  ]) {
    await page.goto('/settings');
    await banner(page).fill(`Answered with ${answer.status}`);
    await page.route('**/graphql', (route) => route.fulfill(answer));
    await saveBanner(page).first().click();
    await page.getByRole('form', { name: 'Notice and time zone' }).getByRole('alert').waitFor();
    expect(await banner(page).inputValue()).toBe(`Answered with ${answer.status}`);
    await page.getByRole('link', { name: 'Messages' }).click();
    await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor();
    await page.getByRole('alert').waitFor();
    await page.unroute('**/graphql');
    // Where no answer came, the page asks again by itself; a fault of the server's is not asked for again and again.
    if (answer.status === 200) await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No customer has written yet.').waitFor();
  }
  await close();
});

test('a page that cannot be loaded says so and can be loaded again, at first and later', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner', { forgiven: /./ });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.route(/assets\/Settings-.*\.js/, (route) => route.abort());
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Reload the page' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Reload the page' }).waitFor();
  await page.unroute(/assets\/Settings-.*\.js/);
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await banner(page).waitFor();
  await close();
});

test('what happened while the line was down is shown once it is back', async () => {
  const { page, context, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  let isDown = false;
  const lines: WebSocketRoute[] = [];
  await context.routeWebSocket(/graphql\/ws/, (line) => {
    if (isDown) return void line.close({ code: 1012 });
    line.connectToServer();
    lines.push(line);
  });
  await page.goto('/settings');
  await elsewhere('Before.');
  await expect.poll(() => banner(page).inputValue()).toBe('Before.'); // The line stands.
  isDown = true;
  for (const line of lines) await line.close({ code: 1012 });
  await elsewhere('Meanwhile.');
  isDown = false;
  await expect.poll(() => banner(page).inputValue(), { timeout: 15_000 }).toBe('Meanwhile.');
  await close();
});

test('where the program of the line does not come at first, it comes later, and the page learns what happens', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner', { forgiven: cut });
  let refused = 0;
  await page.route(/assets\/socket-.*\.js/, async (route) => {
    if (refused > 0) return route.continue();
    refused += 1;
    return route.abort();
  });
  await page.goto('/settings');
  await banner(page).waitFor();
  await expect.poll(() => refused, { timeout: 10_000 }).toBe(1);
  await elsewhere('Said after a while.');
  await expect.poll(() => banner(page).inputValue(), { timeout: 20_000 }).toBe('Said after a while.');
  await close();
});
