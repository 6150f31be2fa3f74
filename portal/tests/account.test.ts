import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, settled, signIn, visit } from './support/browser';
import { password } from './support/gateway';
import { as } from './support/people';
import { browser, gateway } from './support/site';

const said = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).first().waitFor();

const hasFocus = (of: Locator) =>
  expect.poll(() => of.evaluate((element) => element === document.activeElement)).toBe(true);

interface Customer {
  id: string;
  name: string;
  phone: string | null;
  taxId: string | null;
  paymentMethod: string | null;
  billingAddress: { street: string; country: string } | null;
  shippingAddress: { city: string; country: string } | null;
  contacts: { id: string; name: string; phone: string | null; email: string }[];
}

async function customer(name: string): Promise<Customer> {
  const { customers } = await ask<{ customers: { nodes: Customer[] } }>(
    gateway.url,
    'staff',
    `query($text: String!) { customers(text: $text, first: 1) { nodes { id name phone taxId paymentMethod
      billingAddress { street country } shippingAddress { city country } contacts { id name phone email } } } }`,
    { text: name },
  );
  const [one] = customers.nodes;
  if (!one) throw new Error(`no customer ${name}`);
  return one;
}

async function signInAs(page: Page, email: string, secret: string): Promise<void> {
  await page.goto('/');
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(secret);
  await page.locator('input[type=password]').press('Enter');
  await page.locator('main#main').waitFor();
}

/** Sets what customers may do. */
async function portal(change: Record<string, boolean>): Promise<void> {
  const { organisation } = await ask<{ organisation: { portal: Record<string, boolean> } }>(
    gateway.url,
    'owner',
    `{ organisation { portal { accept decline comment pay partPay mail review dispute forward cancelSubscription
      pauseSubscription changeSubscription editDetails updatePaymentMethod } } }`,
  );
  await ask(
    gateway.url,
    'owner',
    'mutation($input: UpdateSettingsInput!) { updateSettings(input: $input) { userErrors { message } } }',
    { input: { portal: { ...organisation.portal, ...change } } },
  );
}

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the account's pages look right on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'customer', { size, scheme });
      await look(page, '/my-details', 'My details');
      await look(page, '/company', 'Company details');
      await page.getByLabel('Delivery address is the same as the billing address').uncheck();
      await page.getByRole('group', { name: 'Delivery address' }).waitFor();
      await inspect(page);
      await look(page, '/payment-method', 'Card or bank');
      await look(page, '/payment-method/return', 'Card or bank');
      await look(page, '/security', 'Password and sign-ins');
      await page.getByLabel('New password', { exact: true }).fill('a long sentence');
      await page.getByText('Long enough').waitFor();
      await inspect(page);
      await close();
    });
  }
}

test('a contact changes name and telephone; the mail address is the merchant’s to change', () =>
  as('customer', async (page) => {
    await page.goto('/my-details');
    expect(await page.getByLabel('E-mail address').getAttribute('readonly')).not.toBeNull();
    await page.getByText('You sign in with it, so only the merchant can change it').waitFor();
    const name = page.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('“Name” is missing.').waitFor();
    await hasFocus(name);
    await name.fill('Clara M. Kontos');
    await page.getByLabel('Telephone').fill('+49 40 123456');
    await page.getByRole('button', { name: 'Save' }).click();
    await said(page, 'Saved.');
    await hasFocus(page.getByRole('button', { name: 'Save' }));
    await page.reload();
    expect(await page.getByLabel('Telephone').inputValue()).toBe('+49 40 123456');
    const { contacts } = await customer('Lighthouse');
    expect(contacts).toMatchObject([
      { name: 'Clara M. Kontos', phone: '+49 40 123456', email: 'customer@demo.example' },
    ]);
  }));

test('what was typed and not saved says so when it comes back, and can be discarded', () =>
  as('customer', async (page) => {
    await page.goto('/my-details');
    const phone = page.getByLabel('Telephone');
    const before = await phone.inputValue();
    await phone.fill('+49 30 1');
    await page.goto('/company');
    await page.goto('/my-details');
    expect(await phone.inputValue()).toBe('+49 30 1');
    await page.getByText('It is not saved yet.').waitFor();
    await page.getByRole('button', { name: 'Discard it' }).click();
    expect(await phone.inputValue()).toBe(before);
    await page.reload();
    expect(await phone.inputValue()).toBe(before);
    expect(await page.getByText('It is not saved yet.').count()).toBe(0);
  }));

test('what is typed stays over a reload, and a change by somebody else is not written over unseen', () =>
  as('customer', async (page) => {
    await page.goto('/company');
    await page.getByLabel('Telephone').fill('+49 40 99');
    await page.reload();
    expect(await page.getByLabel('Telephone').inputValue()).toBe('+49 40 99');
    const { id } = await customer('Lighthouse');
    await ask(
      gateway.url,
      'staff',
      'mutation($input: UpdateCompanyDetailsInput!) { updateCompanyDetails(input: $input) { userErrors { message } } }',
      { input: { customerId: id, name: 'Lighthouse Dental GmbH', language: 'en', taxId: 'DE811569869' } },
    );
    await settled(page);
    await page.getByRole('button', { name: 'Save the company' }).click();
    await said(page, 'Somebody was faster');
    expect(await page.getByLabel('Telephone').inputValue()).toBe('+49 40 99');
    await page.getByLabel('Legal name').fill('Lighthouse Dental');
    await page.getByRole('button', { name: 'Save the company' }).click();
    await said(page, 'Saved.');
    expect(await customer('Lighthouse')).toMatchObject({ name: 'Lighthouse Dental', phone: '+49 40 99' });
  }));

test('a VAT number that VIES would not know is refused at its field', () =>
  as('customer', async (page) => {
    await page.goto('/company');
    const field = page.getByLabel('VAT or tax number');
    await field.fill('DE12');
    await page.getByRole('button', { name: 'Save the company' }).click();
    await page.getByText('A VAT ID from Germany looks like DE123456789.').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.fill('DE811569869');
    await page.getByRole('button', { name: 'Save the company' }).click();
    await said(page, 'Saved.');
  }));

test('addresses are kept, the delivery address only where it is another', () =>
  as('customer', async (page) => {
    await page.goto('/company');
    const billing = page.getByRole('group', { name: 'Billing address' });
    const save = page.getByRole('button', { name: 'Save the addresses' });
    await billing.getByLabel('Street and number').fill('');
    await save.click();
    await billing.getByText('“Street and number” is missing.').waitFor();
    await billing.getByLabel('Street and number').fill('Leuchtturmweg 5');
    await page.getByLabel('Delivery address is the same as the billing address').uncheck();
    const delivery = page.getByRole('group', { name: 'Delivery address' });
    await save.click();
    for (const field of ['Street and number', 'Town', 'Country']) {
      await delivery.getByText(`“${field}” is missing.`).waitFor();
    }
    await hasFocus(delivery.getByLabel('Street and number'));
    await delivery.getByLabel('Street and number').fill('Am Kai 1');
    await delivery.getByLabel('Town').fill('Wien');
    await delivery.getByLabel('Country').selectOption({ label: 'Austria' });
    await save.click();
    await said(page, 'Saved.');
    expect(await customer('Lighthouse')).toMatchObject({
      billingAddress: { street: 'Leuchtturmweg 5', country: 'DE' },
      shippingAddress: { city: 'Wien', country: 'AT' },
    });
    await page.getByLabel('Delivery address is the same as the billing address').check();
    await save.click();
    await expect.poll(async () => (await customer('Lighthouse')).shippingAddress).toBeNull();
  }));

test('the stored card is updated on the provider’s page, once', () =>
  as('customer', async (page) => {
    await page.goto('/payment-method');
    await page.getByText('Visa •••• 4242').waitFor();
    await page.getByRole('button', { name: 'Update' }).click();
    await page.getByText('Mastercard •••• 4444').click();
    await page.getByRole('button', { name: 'Save this method' }).click();
    await page.getByText(/From now on Mastercard •••• 4444 is what/).waitFor();
    expect(page.url()).not.toContain('token');
    await page.reload(); // Nothing is done twice.
    await page.getByText('There is nothing to be done here any more.').waitFor();
    await page.getByRole('link', { name: 'To card or bank' }).click();
    await page.getByText('Mastercard •••• 4444').waitFor();
    expect((await customer('Lighthouse')).paymentMethod).toBe('Mastercard •••• 4444');
  }));

test('who turns back at the provider’s page keeps what is stored', () =>
  as('customer', async (page) => {
    const { paymentMethod } = await customer('Lighthouse');
    await page.goto('/payment-method');
    await page.getByRole('button', { name: 'Update' }).click();
    await page.getByRole('button', { name: 'Cancel and go back' }).click();
    await page.getByText(`Nothing was changed: ${paymentMethod} stays stored.`).waitFor();
    expect((await customer('Lighthouse')).paymentMethod).toBe(paymentMethod);
  }));

test('what the provider does not know is refused, and another can be tried', () =>
  as('customer', async (page) => {
    const { paymentMethod } = await customer('Lighthouse');
    await page.goto('/payment-method');
    await page.getByRole('button', { name: 'Update' }).click();
    await page.getByRole('button', { name: 'Save this method' }).waitFor();
    const state = new URL(page.url()).searchParams.get('state');
    await page.goto(`/payment-method/return#state=${state}&token=tok_of_nobody`);
    await page.getByText('The payment provider does not know this card').waitFor();
    await page.getByText(`${paymentMethod} stays stored.`).waitFor();
    await page.getByRole('button', { name: 'Try another' }).click();
    await page.getByRole('button', { name: 'Save this method' }).waitFor();
    await page.goto('/payment-method/return#state=of-somebody-else&token=tok_visa');
    await page.getByText('There is nothing to be done here any more.').waitFor();
    expect((await customer('Lighthouse')).paymentMethod).toBe(paymentMethod);
  }));

test('where nothing is stored, nothing can be added: it says how it comes about', async () => {
  const { id, contacts } = await customer('Kite School Sylt');
  const [contact] = contacts;
  const words = ['--email', 'wiebke@kite-sylt.example', '--name', 'Wiebke Hansen', '--customer', id, '--contact'];
  await gateway.commandWith(
    'a sail on the north sea',
    ...['account', 'create', '--role', 'customer_contact', ...words, contact?.id ?? ''],
  );
  const { page, close } = await visit(browser, gateway.url);
  await signInAs(page, 'wiebke@kite-sylt.example', 'a sail on the north sea');
  await page.goto('/payment-method');
  await page.getByRole('heading', { name: 'Nothing is stored' }).waitFor();
  await page.getByText(/stored when you pay an invoice with it and have it remembered/).waitFor();
  expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
  await page.goto('/my-details');
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Wiebke Hansen');
  await close();
});

test('where the settings do not let customers change it, it is to be read', async () => {
  await portal({ editDetails: false, updatePaymentMethod: false });
  await as('customer', async (page) => {
    for (const [path, text] of [
      ['/my-details', 'customer@demo.example'],
      ['/company', 'DE811569869'],
      ['/payment-method', 'To change it, please write to the merchant.'],
    ] as const) {
      await page.goto(path);
      await page.getByRole('main').getByText(text).first().waitFor();
      expect(await page.getByRole('main').getByRole('button').count(), path).toBe(0);
      expect(await page.getByRole('main').getByRole('textbox').count(), path).toBe(0);
    }
  });
  await portal({ editDetails: true, updatePaymentMethod: true });
});

test('a password is changed by who knows the current one, and every refusal stands at its field', async () => {
  const next = 'eleven herons at dawn';
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/security');
  const fill = async (current: string, fresh: string, repeated: string) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password', { exact: true }).fill(fresh);
    await page.getByLabel('New password, repeated').fill(repeated);
    await page.getByRole('button', { name: 'Change the password' }).click();
  };
  const invalid = (label: string) => page.getByLabel(label, { exact: true }).getAttribute('aria-invalid');
  await fill(password, 'short', 'short');
  await page.getByText('Enter at least 12 characters.').waitFor();
  await fill(password, next, `${next}!`);
  await page.getByText('This is not the same as above.').waitFor();
  await fill('not this one', next, next);
  await page.getByText('This is not your current password.').waitFor();
  await hasFocus(page.getByLabel('Current password'));
  expect(await invalid('Current password')).toBe('true');
  expect(await invalid('New password')).not.toBe('true');
  await fill(password, ' '.repeat(12), ' '.repeat(12));
  await page.getByText('A password must have 12 to 256 characters').waitFor();
  expect(await invalid('New password')).toBe('true');
  const stored = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  expect(stored).not.toContain(password);
  await fill(password, next, next);
  await said(page, 'Your password is changed.');
  expect(await page.getByLabel('Current password').inputValue()).toBe('');
  const other = await visit(browser, gateway.url);
  await signInAs(other.page, 'accountant@demo.example', next);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await said(page, 'You are signed out on 1 other device.');
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await said(page, 'You were not signed in anywhere else.');
  await other.close();
  await close();
});
