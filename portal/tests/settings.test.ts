import { crc32, deflateSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, type Person, settled, signIn, visit } from './support/browser';
import { browser, gateway } from './support/site';

/** The owner, who goes from one section to the next. */
let owner: Person;
beforeAll(async () => {
  owner = await signIn(browser, gateway.url, 'owner');
});
afterAll(async () => {
  await owner?.close();
});

const sections = ['', '/numbers', '/taxes', '/portal', '/billing', '/branding'];

interface Organisation {
  version: number;
  banner: string | null;
  details: { name: string; phone: string | null };
  branding: { accent: string | null; logo: string | null };
  bank: { iban: string | null } | null;
  portal: { review: boolean; accept: boolean };
  settings: {
    offerValidDays: number;
    depositPercent: string | null;
    invoiceOnAcceptance: string;
    currencies: string[];
    taxRates: { name: string; category: string; percent: string }[];
    series: { invoices: { prefix: string; digits: number; yearly: boolean } };
    reminders: number[];
    lateFees: { afterDays: number; percent: string | null; fixed: string | null; currency: string | null }[];
    dunning: { retryAfterDays: number[]; then: string };
  };
}

/** The organisation as the server knows it. */
async function known(): Promise<Organisation> {
  const { organisation } = await ask<{ organisation: Organisation }>(
    gateway.url,
    'owner',
    `{ organisation { version banner details { name phone } branding { accent logo } bank { iban } portal { review accept }
       settings { offerValidDays depositPercent invoiceOnAcceptance currencies taxRates { name category percent }
         series { invoices { prefix digits yearly } } reminders lateFees { afterDays percent fixed currency }
         dunning { retryAfterDays then } } } }`,
  );
  return organisation;
}

/** What another owner changes meanwhile. */
const elsewhere = (input: object) =>
  ask(
    gateway.url,
    'owner',
    'mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { userErrors { code } } }',
    { input },
  );

const form = (page: Page, name: string) => page.getByRole('form', { name });
async function save(page: Page, name: string): Promise<void> {
  await form(page, name).getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.', { exact: true }).first().waitFor();
  await form(page, name).getByText('Not saved yet.').waitFor({ state: 'hidden' });
}

for (const [size, scheme, name] of [
  [desktop, 'light', 'a desktop, light'],
  [desktop, 'dark', 'a desktop, dark'],
  [narrow, 'light', 'a narrow screen, light'],
  [narrow, 'dark', 'a narrow screen, dark'],
] as const) {
  test(`every section is accessible on ${name}`, async () => {
    const { page, close } = await signIn(browser, gateway.url, 'owner', { size, scheme });
    for (const section of sections) await look(page, `/settings${section}`, 'Settings');
    await close();
  });
}

test('staff and accountants read every section and can change none', async () => {
  for (const role of ['staff', 'accountant'] as const) {
    const { page, close } = await signIn(browser, gateway.url, role);
    for (const section of sections) {
      await page.goto(`/settings${section}`);
      await page.getByText('Only the owner changes the settings.').waitFor();
      await page.getByRole('form').first().waitFor();
      expect(await page.locator('main').getByRole('button').allInnerTexts(), section).toEqual([]);
      expect(await page.locator('main form :is(input, select, textarea):enabled').count(), section).toBe(0);
    }
    await page.goto('/settings');
    await page.getByRole('form').first().waitFor();
    await settled(page);
    await inspect(page);
    await close();
  }
});

test('customers have no settings, and a section that is none is not found', async () => {
  const customer = await signIn(browser, gateway.url, 'customer');
  await customer.page.goto('/settings');
  await customer.page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await customer.close();
  await owner.page.goto('/settings/nothing');
  await owner.page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
});

test('sections are links on a desktop and a drop-down on a narrow screen, and going between them keeps the focus', async () => {
  const wide = owner;
  await wide.page.goto('/settings');
  await wide.page.getByRole('form').first().waitFor();
  await wide.page.getByRole('link', { name: 'Taxes' }).press('Enter');
  await form(wide.page, 'Taxes').waitFor();
  expect(new URL(wide.page.url()).pathname).toBe('/settings/taxes');
  expect(await wide.page.getByRole('link', { name: 'Taxes' }).getAttribute('aria-current')).toBe('page');
  expect(await wide.page.evaluate(() => document.activeElement?.textContent)).toBe('Taxes');
  const small = await signIn(browser, gateway.url, 'owner', { size: narrow });
  await small.page.goto('/settings');
  await small.page.getByRole('combobox', { name: 'Parts of the settings' }).selectOption({ label: 'Customer portal' });
  await form(small.page, 'What customers may do').waitFor();
  expect(new URL(small.page.url()).pathname).toBe('/settings/portal');
  await small.close();
});

test('the owner changes the organisation; a refusal stands at its field, which takes the focus', async () => {
  const { page } = owner;
  await page.goto('/settings');
  await page.getByLabel('Telephone').fill('+49 40 5550 0199');
  await page.getByLabel('IBAN').fill('DE00 1234');
  await page.getByText('Not saved yet.').waitFor();
  await form(page, 'Your organisation').getByRole('button', { name: 'Save' }).click();
  await page.locator('[aria-invalid=true]').waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-path'))).toBe('bank.iban');
  expect(await page.getByLabel('Telephone').inputValue()).toBe('+49 40 5550 0199');
  expect((await known()).details.phone).toBe('+49 40 5550 0100');
  await page.getByLabel('IBAN').fill('at61 1904 3002 3457 3201');
  await save(page, 'Your organisation');
  expect(await page.getByLabel('IBAN').inputValue()).toBe('AT61 1904 3002 3457 3201');
  expect(await known()).toMatchObject({
    details: { phone: '+49 40 5550 0199' },
    bank: { iban: 'AT611904300234573201' },
  });
  await page.getByLabel('Legal name').fill(' ');
  await form(page, 'Your organisation').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Enter the name of your organisation.').waitFor();
  await page.getByRole('button', { name: 'Discard changes' }).click();
  expect(await page.getByLabel('Legal name').inputValue()).toBe('Harbour & Finch Studio GmbH');
  expect(await page.getByText('Enter the name of your organisation.').count()).toBe(0);
});

test('what is entered survives another section and a reload, until it is saved or discarded', async () => {
  const { page } = owner;
  await page.goto('/settings');
  const banner = page.getByLabel('Notice to all customers');
  await banner.fill('We have moved.');
  await page.getByRole('link', { name: 'Taxes' }).click();
  await form(page, 'Taxes').waitFor();
  await page.getByRole('link', { name: 'Organisation', exact: true }).click();
  await expect.poll(() => banner.inputValue()).toBe('We have moved.');
  await page.reload();
  await expect.poll(() => banner.inputValue()).toBe('We have moved.');
  await page.getByText('Not saved yet.').waitFor();
  await save(page, 'Notice and time zone');
  expect((await known()).banner).toBe('We have moved.');
  await banner.fill('');
  await save(page, 'Notice and time zone');
  expect((await known()).banner).toBeNull();
});

test('numbers show how they will look; what no number can begin with is refused', async () => {
  const { page } = owner;
  await page.goto('/settings/numbers');
  const invoices = page.getByRole('group', { name: 'Invoices' });
  await invoices.getByLabel('Begins with').fill('RE');
  await invoices.getByLabel('Digits').fill('4');
  await invoices.getByLabel('Begin with 1 every year').check();
  await invoices.getByText(/Looks like RE-\d{4}-0042/).waitFor();
  await save(page, 'Document numbers');
  expect((await known()).settings.series.invoices).toEqual({ prefix: 'RE', digits: 4, yearly: true });
  await invoices.getByLabel('Digits').fill('many');
  await form(page, 'Document numbers').getByRole('button', { name: 'Save' }).click();
  await invoices.getByText('1 to 12').waitFor();
  await invoices.getByLabel('Digits').fill('4');
  await invoices.getByLabel('Begins with').fill('EST');
  await form(page, 'Document numbers').getByRole('button', { name: 'Save' }).click();
  await invoices.getByText('Estimates have this prefix already.').waitFor();
  expect((await known()).settings.series.invoices.prefix).toBe('RE');
});

test('taxes are added, moved and removed; a rate may be typed with a comma', async () => {
  const { page } = owner;
  await page.goto('/settings/taxes');
  await page.getByRole('button', { name: 'Add a tax' }).click();
  const added = page.getByRole('group', { name: 'New tax' });
  const hasFocus = (field: Locator) => field.evaluate((it) => it === document.activeElement);
  expect(await hasFocus(added.getByLabel('Name'))).toBe(true);
  await added.getByLabel('Percent').fill('nothing');
  await form(page, 'Taxes').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Enter a name.').waitFor();
  await page.getByText('Enter a percentage, such as 19 or 7.5.').waitFor();
  await added.getByLabel('Name').fill('USt 9,5 %');
  await page.getByRole('group', { name: 'USt 9,5 %' }).getByLabel('Percent').fill('9,5');
  await page.getByRole('button', { name: 'Move USt 9,5 % up' }).click();
  await page.getByRole('button', { name: 'Move USt 9,5 % up' }).press('Enter'); // It keeps the focus.
  await page.getByRole('button', { name: 'Remove Export' }).click();
  expect(await hasFocus(page.getByRole('group').last().getByLabel('Name'))).toBe(true); // The one that is there now.
  await save(page, 'Taxes');
  expect((await known()).settings.taxRates).toEqual([
    { name: 'USt 19 %', category: 'STANDARD', percent: '19' },
    { name: 'USt 7 %', category: 'STANDARD', percent: '7' },
    { name: 'USt 9,5 %', category: 'STANDARD', percent: '9.5' },
    { name: 'Reverse charge', category: 'REVERSE_CHARGE', percent: '0' },
  ]);
  await page.getByRole('group', { name: 'USt 9,5 %' }).getByLabel('Kind').selectOption({ label: 'Exempt from tax' });
  await page.getByRole('group', { name: 'USt 9,5 %' }).getByLabel('Name').fill('USt 7 %'); // There is one.
  await form(page, 'Taxes').getByRole('button', { name: 'Save' }).click();
  await page.locator('[aria-invalid=true]').waitFor();
});

test('what customers may do is switched off and on', async () => {
  const { page } = owner;
  await page.goto('/settings/portal');
  await page.getByRole('switch').first().waitFor();
  expect(await page.getByRole('switch').count()).toBe(15);
  await page.getByRole('switch', { name: 'Review you' }).press('Space');
  await save(page, 'What customers may do');
  expect((await known()).portal).toMatchObject({ review: false, accept: true });
  await page.getByRole('switch', { name: 'Review you' }).press('Space');
  await save(page, 'What customers may do');
  expect((await known()).portal).toMatchObject({ review: true, accept: true });
});

test('terms, deposit and currencies are set; what is no number is said at its field', async () => {
  const { page } = owner;
  await page.goto('/settings/billing');
  const terms = form(page, 'Estimates and invoices');
  await terms.getByLabel('Offers are valid for (days)').fill('soon');
  await terms.getByRole('button', { name: 'Save' }).click();
  await terms.getByText('Enter a number of days from 1 to 365.').waitFor();
  await terms.getByLabel('Offers are valid for (days)').fill('400');
  await terms.getByRole('button', { name: 'Save' }).click();
  await terms.getByText('Enter a number of days from 1 to 365.').waitFor();
  await terms.getByLabel('Offers are valid for (days)').fill('21');
  await terms.getByLabel('Deposit (percent)').fill('33,3');
  await terms.getByLabel('The invoice is issued at once').check();
  await terms.getByRole('combobox', { name: 'Currencies you bill in' }).fill('Swiss');
  await page.getByRole('listbox').getByRole('option', { name: 'CHF – Swiss Franc' }).click();
  await save(page, 'Estimates and invoices');
  expect((await known()).settings).toMatchObject({
    offerValidDays: 21,
    depositPercent: '33.3',
    invoiceOnAcceptance: 'ISSUE',
    currencies: ['EUR', 'GBP', 'CHF'],
  });
  await terms.getByLabel('Deposit (percent)').fill('');
  await save(page, 'Estimates and invoices');
  expect((await known()).settings.depositPercent).toBeNull();
});

test('reminders are saved in the order of their days; the same day twice is said', async () => {
  const { page } = owner;
  await page.goto('/settings/billing');
  const reminders = form(page, 'Reminders');
  await reminders.getByRole('button', { name: 'Add a reminder' }).click();
  const added = page.getByRole('group', { name: 'Reminder 4' });
  await added.getByLabel('Days').fill('7');
  await reminders.getByRole('button', { name: 'Save' }).click();
  await page.getByText('There is another entry for the same day.').waitFor();
  await added.getByLabel('When').selectOption({ label: 'before the due date' });
  await reminders.getByRole('button', { name: 'Remove reminder 3' }).click();
  await save(page, 'Reminders');
  expect((await known()).settings.reminders).toEqual([-7, -3, 7]);
});

test('late fees are set by stages, and the page shows what would be charged today', async () => {
  const { invoices, organisation } = await ask<{
    invoices: { nodes: { number: string; dueDate: string; amounts: unknown }[] };
    organisation: { today: string };
  }>(
    gateway.url,
    'staff',
    '{ organisation { today } invoices(filter: { overdue: true }, first: 50) { nodes { number dueDate } } }',
  );
  const [overdue] = invoices.nodes;
  if (!overdue) throw new Error('the demonstration has no overdue invoice');
  const days = (Date.parse(organisation.today) - Date.parse(overdue.dueDate)) / 86_400_000;
  const { page } = owner;
  await page.goto('/settings/billing');
  const fees = form(page, 'Late fees');
  const first = page.getByRole('group', { name: 'Late fee 1' });
  await first.getByLabel('Kind').selectOption({ label: 'Percent of what is due' });
  await first.getByLabel('Percent', { exact: true }).fill('x');
  await fees.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Enter a percentage, such as 19 or 7.5.').waitFor();
  await first.getByLabel('Percent', { exact: true }).fill('2,5');
  await first.getByLabel('Days overdue').fill(String(days));
  await fees.getByRole('button', { name: 'Add a late fee' }).click();
  await page
    .getByRole('group', { name: 'Late fee 2' })
    .getByLabel('Days overdue')
    .fill(String(days + 20));
  await page.getByRole('group', { name: 'Late fee 2' }).getByLabel('Amount').fill('40');
  await save(page, 'Late fees');
  expect((await known()).settings.lateFees).toEqual([
    { afterDays: days, percent: '2.5', fixed: null, currency: null },
    { afterDays: days + 20, percent: null, fixed: '40.00', currency: 'EUR' },
  ]);
  await page
    .getByRole('table', { name: /What would be charged today/ })
    .getByText(overdue.number)
    .waitFor();
});

test('a failed collection is tried again on the days that are set', async () => {
  const { page } = owner;
  await page.goto('/settings/billing');
  const dunning = form(page, 'When a collection fails');
  await dunning.getByLabel('Try again after (days)').fill('2, two');
  await dunning.getByRole('button', { name: 'Save' }).click();
  await dunning.getByText('Enter days from 1 to 90').waitFor();
  await dunning.getByLabel('Try again after (days)').fill('5, 2;10');
  await dunning.getByLabel('The subscription is cancelled').check();
  await save(page, 'When a collection fails');
  const { retryAfterDays, then: atLast } = (await known()).settings.dunning;
  expect([retryAfterDays, atLast]).toEqual([[2, 5, 10], 'CANCEL']);
  expect(await dunning.getByLabel('Try again after (days)').inputValue()).toBe('2, 5, 10');
});

/** A picture of one blue dot. */
function dot(): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const content = Buffer.concat([Buffer.from(name), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(content), 4);
    return [ends.subarray(0, 4), content, ends.subarray(4)];
  };
  const head = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]); // 1 by 1, 8 bits each of red, green and blue.
  const points = deflateSync(Buffer.from([0, 0x1d, 0x4e, 0xd8]));
  const chunks = [...chunk('IHDR', head), ...chunk('IDAT', points), ...chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

test('the colour of buttons is one that white text can be read on, and is seen after a reload', async () => {
  const { page } = owner;
  await page.goto('/settings/branding');
  const colour = form(page, 'Colour');
  const { accent: before } = (await known()).branding;
  const field = colour.getByRole('textbox', { name: 'Accent colour' });
  await field.fill('#ffd166');
  await colour.getByText(/Too light for white text: contrast 1\.4\s:\s1/).waitFor();
  await colour.getByRole('button', { name: 'Save' }).click();
  await colour.getByText('This must be darker').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-path'))).toBe('accent');
  expect((await known()).branding.accent).toBe(before);
  await colour.getByLabel('Choose the colour').fill('#7a1f5c');
  expect(await field.inputValue()).toBe('#7a1f5c');
  await colour.getByText(/easy to read on it/).waitFor();
  await save(page, 'Colour');
  expect((await known()).branding.accent).toBe('#7a1f5c');
  const reload = page.getByRole('button', { name: 'Reload the page' });
  await settled(page);
  await inspect(page);
  await reload.click();
  await reload.waitFor({ state: 'detached' });
  await colour.waitFor();
  await inspect(page);
  const button = colour.getByRole('button', { name: 'Save' });
  expect(await button.evaluate((one) => getComputedStyle(one).backgroundColor)).toBe('rgb(122, 31, 92)');
  await colour.getByRole('button', { name: "Use the portal's own colour" }).click();
  await save(page, 'Colour');
  expect((await known()).branding.accent).toBeNull();
});

test('a logo is chosen, saved and seen by everybody; what is no picture, or too large, is refused', async () => {
  const { page } = owner;
  await page.goto('/settings/branding');
  const logo = form(page, 'Logo');
  const file = logo.locator('input[type=file]');
  await logo.waitFor();
  await file.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('Not a picture.') });
  await logo.getByText('This is no picture that can be shown.').waitFor();
  await file.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.alloc(65_537) });
  await logo.getByText('This file is too large.').waitFor();
  expect(await logo.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await file.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: dot() });
  await logo.getByAltText('The chosen picture').first().waitFor();
  expect(await logo.getByRole('alert').count()).toBe(0);
  await inspect(page);
  await save(page, 'Logo');
  const { logo: saved } = (await known()).branding;
  expect(saved).toMatch(/^\/branding\/logo\?v=/);
  await page.getByRole('button', { name: 'Reload the page' }).click();
  const name = 'Harbour & Finch Studio GmbH';
  const shown = page.getByRole('link', { name, exact: true }).getByRole('img', { name });
  await shown.first().waitFor();
  expect(await shown.first().getAttribute('src')).toBe(saved);
  await logo.getByAltText('Your logo').first().waitFor();
  await settled(page);
  await inspect(page);

  const visitor = await visit(browser, gateway.url);
  await visitor.page.goto('/');
  const mark = visitor.page.getByRole('img', { name });
  await mark.waitFor();
  expect(await mark.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(1);
  await visitor.close();

  await logo.getByRole('button', { name: 'Remove the logo' }).click();
  await logo.getByText('The logo will be removed when you save.').waitFor();
  await save(page, 'Logo');
  await logo.getByText('There is no logo yet.').waitFor();
  expect((await known()).branding.logo).toBeNull();
});

test('what somebody else changes meanwhile is shown, or asked about where it is the same', async () => {
  const { page } = owner;
  await page.goto('/settings');
  const banner = page.getByLabel('Notice to all customers');
  await banner.waitFor();
  await elsewhere({ banner: 'Closed on Monday.' });
  await expect.poll(() => banner.inputValue()).toBe('Closed on Monday.'); // Nothing was entered: it is shown.
  await banner.fill('Closed on Tuesday.');
  await elsewhere({ offerValidDays: 45 }); // Something else: nobody is asked.
  await save(page, 'Notice and time zone');
  expect((await known()).banner).toBe('Closed on Tuesday.');
  await banner.fill('Closed on Wednesday.');
  await elsewhere({ banner: 'Closed on Friday.' });
  await page.getByRole('alert').getByText('What you entered is still here and not saved.').waitFor();
  await inspect(page);
  expect(await banner.inputValue()).toBe('Closed on Wednesday.');
  await page.getByRole('button', { name: 'Keep what I entered' }).click();
  await save(page, 'Notice and time zone');
  expect((await known()).banner).toBe('Closed on Wednesday.');
  await banner.fill('Closed on Thursday.');
  await elsewhere({ banner: 'Open again.' });
  await page.getByRole('button', { name: 'Show what is saved now' }).click();
  expect(await banner.inputValue()).toBe('Open again.');
});
