import { beforeAll, expect, test } from 'vitest';
import { ask } from './support/api';
import { desktop, inspect, look, narrow, signIn } from './support/browser';
import { browser, gateway } from './support/site';

const customers: Record<string, string> = {};
beforeAll(async () => {
  const known = await ask<{ customers: { nodes: { id: string; name: string }[] } }>(
    gateway.url,
    'staff',
    '{ customers { nodes { id name } } }',
  );
  for (const { id, name } of known.customers.nodes) customers[name] = id;
});

const lighthouse = () => `/customers/${customers['Lighthouse Dental']}`;

for (const [size, name] of [
  [desktop, 'a desktop'],
  [narrow, 'a narrow screen'],
] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`customers are accessible on ${name}, ${scheme}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, 'staff', { size, scheme });
      await look(page, '/customers', 'Customers');
      await look(page, '/customers/new', 'New customer');
      await look(page, lighthouse(), 'Lighthouse Dental');
      await page.getByRole('button', { name: 'Why is the balance so?' }).click();
      await page.getByRole('table', { name: 'Movements in EUR' }).waitFor();
      await inspect(page);
      await page.getByRole('button', { name: 'Edit addresses' }).click();
      await page.getByRole('dialog').waitFor();
      await inspect(page);
      await close();
    });
  }
}

test('a customer is found by how its name begins', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/customers');
  await page.getByRole('link', { name: 'Alder & Sons' }).waitFor();
  await page.getByRole('searchbox').fill('nordw');
  await page.getByRole('link', { name: 'Alder & Sons' }).waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'Nordwind Logistik GmbH' }).waitFor();
  await page.getByRole('searchbox').fill('zzz');
  await page.getByText('No customer’s name begins like this.').waitFor();
  await close();
});

test('a customer is registered; what is missing or refused is said at its field and nothing is lost', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto('/customers/new');
  await page.getByRole('button', { name: 'Register the customer' }).click();
  await page.getByText('Please fill this in').waitFor();
  const company = page.getByRole('region', { name: 'Company' });
  await company.getByLabel('Legal name').fill('Fjord & Söhne KG');
  await company.getByLabel('Legal name').press('Enter'); // Only the button registers.
  await company.getByLabel('E-mail address').fill('not an address');
  await page.getByLabel('To be paid within').fill('1.5');
  await page.getByRole('button', { name: 'Register the customer' }).click();
  await page.getByText('Enter whole days from 0 to 365.').waitFor();
  await page.getByLabel('To be paid within').fill('30');
  await page.getByRole('button', { name: 'Register the customer' }).click();
  await expect.poll(() => company.getByLabel('E-mail address').getAttribute('aria-invalid')).toBe('true');
  await page.reload();
  await page.getByText('What you had entered before is here again.').waitFor();
  expect(await company.getByLabel('Legal name').inputValue()).toBe('Fjord & Söhne KG');
  await company.getByLabel('E-mail address').fill('office@fjord.example');
  await page.getByLabel('Street and number').fill('Hafen 1');
  await page.getByLabel('Town').fill('Kiel');
  await page.getByLabel('Country').selectOption({ label: 'Germany' });
  const person = page.getByRole('region', { name: /First person/ });
  await person.getByLabel('Name').fill('Frida Holm');
  await person.getByLabel('E-mail address').fill('frida@fjord.example');
  await page.getByRole('button', { name: 'Register the customer' }).click();
  await page.getByRole('heading', { level: 1, name: 'Fjord & Söhne KG' }).waitFor();
  await page.getByText('Nothing is owed, and there is no credit.').waitFor();
  await page.getByRole('cell', { name: 'frida@fjord.example' }).waitFor();
  await close();
});

test('details, addresses and payment terms are changed, and stand there at once', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(`/customers/${customers['Kite School Sylt']}`);
  const dialog = page.getByRole('dialog');
  const save = () => dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Edit details' }).click();
  await dialog.getByLabel('Legal name').fill('');
  await save();
  await expect.poll(() => dialog.getByLabel('Legal name').getAttribute('aria-invalid')).toBe('true');
  await dialog.getByLabel('Legal name').fill('Kite School Sylt e. K.');
  await dialog.getByLabel('Telephone').fill('+49 4651 1');
  await save();
  await page.getByRole('heading', { level: 1, name: 'Kite School Sylt e. K.' }).waitFor();
  await page.getByRole('button', { name: 'Edit addresses' }).click();
  await dialog.getByLabel('Town').fill('Westerland');
  await save();
  await page.getByRole('region', { name: 'Details' }).getByText('Westerland').waitFor();
  await page.getByRole('button', { name: 'Edit payment terms' }).click();
  await dialog.getByLabel('To be paid within').fill('14');
  await save();
  await page.getByText('14 days').waitFor();
  await close();
});

test('what somebody else has changed meanwhile in a customer’s details is kept', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  const id = customers['Kite School Sylt'];
  await page.goto(`/customers/${id}`);
  await page.getByRole('button', { name: 'Edit details' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Telephone').fill('+49 40 77');
  const { customer } = await ask<{ customer: { name: string; language: string; email: string } }>(
    gateway.url,
    'owner',
    'query($id: UUID!) { customer(id: $id) { name language email } }',
    { id },
  );
  const { updateCustomerDetails: other } = await ask<{ updateCustomerDetails: { userErrors: object[] } }>(
    gateway.url,
    'owner',
    'mutation($input: UpdateCustomerDetailsInput!) { updateCustomerDetails(input: $input) { userErrors { message } } }',
    { input: { customerId: id, ...customer, taxId: 'DE811569869' } },
  );
  expect(other.userErrors).toEqual([]);
  await expect.poll(() => dialog.getByLabel('VAT or tax number').inputValue()).toBe('DE811569869');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Somebody was faster').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const after = await ask<{ customer: object }>(
    gateway.url,
    'owner',
    'query($id: UUID!) { customer(id: $id) { phone taxId } }',
    { id },
  );
  expect(after.customer).toEqual({ phone: '+49 40 77', taxId: 'DE811569869' });
  await close();
});

test('people who act for a customer are added, changed and removed', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(`/customers/${customers['Kite School Sylt']}`);
  const dialog = page.getByRole('dialog');
  const save = () => dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Add a person' }).click();
  await dialog.getByLabel('Name').fill('Ole Jansen');
  await save();
  await dialog.getByText('Please fill this in').waitFor();
  await dialog.getByLabel('E-mail address').fill('ole');
  await save();
  await expect.poll(() => dialog.getByLabel('E-mail address').getAttribute('aria-invalid')).toBe('true');
  await dialog.getByLabel('E-mail address').fill('ole@kite.example');
  await save();
  await page.getByRole('cell', { name: 'ole@kite.example' }).waitFor();
  await page.getByRole('button', { name: 'Change Ole Jansen' }).click();
  await dialog.getByLabel('Name').fill('Ole Janssen');
  await save();
  await page.getByRole('button', { name: 'Remove Ole Janssen' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Ole Janssen is removed.').waitFor();
  await page.getByRole('cell', { name: 'ole@kite.example' }).waitFor({ state: 'hidden' });
  await close();
});

test('the balance is explained by the events that made it', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto(`/customers/${customers['Café Morgenrot']}`);
  await page.getByRole('button', { name: 'Why is the balance so?' }).click();
  const movements = page.getByRole('table', { name: 'Movements in EUR' });
  await movements.waitFor();
  // The last movement's sum is the balance.
  expect(await movements.getByRole('row').last().getByRole('cell').last().textContent()).toBe('€103.53');
  await close();
});

test('new documents for a customer begin with the customer', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(lighthouse());
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Estimate' }).click();
  await page.getByRole('heading', { level: 1, name: 'New estimate' }).waitFor();
  await expect.poll(() => page.getByRole('combobox', { name: 'Who it is for' }).inputValue()).toBe('Lighthouse Dental');
  await close();
});

test('staff see the portal as a customer sees it, change nothing there, and come back to the customer', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'staff');
  await page.goto(lighthouse());
  await page.getByRole('button', { name: 'See what the client sees' }).click();
  await page.getByText('You see the portal as Lighthouse Dental sees it.').waitFor();
  await page.getByRole('link', { name: 'Estimates', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Estimates' }).waitFor();
  await page.getByRole('link', { name: 'EST-00006' }).waitFor();
  expect(await page.getByRole('link', { name: 'EST-00004' }).count()).toBe(0); // Another customer's.
  await page.getByRole('link', { name: 'EST-00006' }).click();
  await page.getByRole('heading', { level: 1, name: 'Estimate EST-00006' }).waitFor();
  for (const action of ['Accept', 'Send']) {
    expect(await page.getByRole('button', { name: action, exact: true }).count()).toBe(0);
  }
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByRole('heading', { level: 1, name: 'Lighthouse Dental' }).waitFor();
  await page.getByRole('link', { name: 'Work list' }).waitFor();
  // A page of one's own in that tab leads out of the view.
  await page.getByRole('button', { name: 'See what the client sees' }).click();
  await page.getByText('You see the portal as Lighthouse Dental sees it.').waitFor();
  await page.goto('/settings/taxes');
  await page.getByRole('button', { name: 'Leave this view and open the page' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await close();
});

test('an accountant sees a customer and is offered nothing to change', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'accountant');
  await page.goto('/customers');
  await page.getByRole('link', { name: 'Lighthouse Dental' }).click();
  await page.getByRole('heading', { name: 'People' }).waitFor();
  for (const action of ['New', 'Edit details', 'Edit addresses', 'Edit payment terms', 'Add a person']) {
    expect(await page.getByRole('button', { name: action, exact: true }).count(), action).toBe(0);
  }
  expect(await page.getByRole('button', { name: /^(Change|Remove) / }).count()).toBe(0);
  await page.goto('/customers/new');
  await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
  await close();
});
