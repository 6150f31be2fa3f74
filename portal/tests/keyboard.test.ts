import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask } from './support/api';
import { narrow, settled, signIn, visit } from './support/browser';
import { password } from './support/gateway';
import { browser, gateway } from './support/site';

interface Focused {
  tag: string;
  name: string;
  /** Whether it shows that it has the focus, by an outline. */
  isMarked: boolean;
  isOnScreen: boolean;
  /** Whether it stands in the page's menu. */
  inMenu: boolean;
  inDialog: boolean;
}

/** What has the focus, as a person at the keyboard sees it. */
function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const at = document.activeElement as HTMLElement;
    const label = 'labels' in at && at.labels instanceof NodeList ? at.labels?.[0]?.textContent : null;
    const name = at.getAttribute('aria-label') ?? label ?? at.textContent ?? '';
    // A table's first link has its outline around the row that it leads from.
    const isMarked = [null, '::after'].some((part) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(at, part);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    });
    const box = at.getBoundingClientRect();
    return {
      tag: at.tagName,
      name: name.trim(),
      isMarked,
      isOnScreen:
        box.width > 0 &&
        box.height > 0 &&
        box.bottom > 0 &&
        box.top < innerHeight &&
        box.right > 0 &&
        box.left < innerWidth,
      inMenu: !!at.closest('nav[aria-label="Menu"]'),
      inDialog: !!at.closest('[role=dialog]'),
    };
  });
}

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const seen: string[] = [];
  for (let pressed = 0; pressed < 80; pressed += 1) {
    await page.keyboard.press(key);
    const now = await focused(page);
    seen.push(now.name);
    if (typeof name === 'string' ? now.name === name : name.test(now.name)) return;
  }
  throw new Error(`${name} is not reached by ${key}: ${seen.join(' | ')}`);
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();

test('signing in needs no mouse, and every stop shows that it has the focus', async () => {
  const { page, close } = await visit(browser, gateway.url);
  await page.goto('/');
  await heading(page, /Sign in/);
  await tabTo(page, 'E-mail address');
  expect((await focused(page)).isMarked).toBe(true);
  await page.keyboard.type('customer@demo.example');
  await tabTo(page, 'Password');
  expect((await focused(page)).isMarked).toBe(true);
  await page.keyboard.type(password);
  await tabTo(page, 'Sign in');
  expect((await focused(page)).isMarked).toBe(true);
  await page.keyboard.press('Enter');
  await page.locator('main#main').waitFor();
  await close();
});

test('the skip link leads past the menu, and a page that is opened begins at its heading', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/estimates');
  await heading(page, 'Estimates');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatchObject({ name: 'Skip to content', isMarked: true, isOnScreen: true });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => !!document.activeElement?.closest('main'))).toBe(true);
  await tabTo(page, 'Invoices', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await heading(page, 'Invoices');
  expect(await focused(page)).toMatchObject({ tag: 'H1', name: 'Invoices' });
  await close();
});

test('every stop on the way through a page is visible, on the screen, and in the order of the page', async () => {
  for (const [role, path] of [
    ['customer', '/estimates'],
    ['owner', '/settings/taxes'],
  ] as const) {
    const { page, close } = await signIn(browser, gateway.url, role);
    await page.goto(path);
    await settled(page);
    await tabTo(page, 'Skip to content', 'Shift+Tab');
    const stops: Focused[] = [];
    let isInOrder = true;
    for (let pressed = 0; pressed < 70; pressed += 1) {
      await page.evaluate(() => Reflect.set(window, 'before', document.activeElement));
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement === document.body)) break;
      stops.push(await focused(page));
      isInOrder &&= await page.evaluate(() => {
        const before = Reflect.get(window, 'before') as Node; // Set above.
        const now = document.activeElement as Node; // Not the body's end, as asked above.
        return (before.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
      });
    }
    expect(stops.length).toBeGreaterThan(12);
    expect(stops.filter(({ isMarked }) => !isMarked)).toEqual([]);
    expect(stops.filter(({ isOnScreen }) => !isOnScreen)).toEqual([]);
    expect(stops.filter(({ name }) => name === '')).toEqual([]);
    expect(isInOrder).toBe(true);
    expect(
      await page.locator('[tabindex]').evaluateAll((all) => all.filter((one) => (one as HTMLElement).tabIndex > 0)),
    ).toEqual([]);
    await close();
  }
});

/** Goes down an open menu to an entry; a key that comes before the menu has the focus is pressed again, as one would. */
const downTo = (page: Page, entry: string) =>
  expect
    .poll(async () => {
      await page.keyboard.press('ArrowDown');
      return (await focused(page)).name;
    })
    .toBe(entry);

test('a dialog opens in its first field', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  const { dashboard, subscriptions } = await ask<{
    dashboard: { waitingEstimates: { id: string }[] };
    subscriptions: { nodes: { id: string; state: string }[] };
  }>(gateway.url, 'customer', '{ dashboard { waitingEstimates { id } } subscriptions { nodes { id state } } }');
  const offered = dashboard.waitingEstimates[0]?.id;
  const active = subscriptions.nodes.find(({ state }) => state === 'ACTIVE')?.id;
  const opensIn = async (field: RegExp) => {
    await page.getByRole('dialog').waitFor();
    const now = async () => {
      const { tag, name } = await focused(page);
      return ['INPUT', 'TEXTAREA', 'SELECT'].includes(tag) ? name : tag;
    };
    await expect.poll(now).toMatch(field);
  };
  await page.goto(`/estimates/${offered}`);
  await page.getByRole('button', { name: 'Accept' }).click();
  await opensIn(/terms|Name/);
  await page.goto(`/estimates/${offered}`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Forward' }).click();
  await opensIn(/Clara Kontos/);
  await page.goto(`/subscriptions/${active}`);
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await opensIn(/^Plan/);
  await close();
});

test('an estimate is found, opened and declined by keyboard; a dialog gives the focus back', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/estimates');
  await settled(page);
  await tabTo(page, 'Which estimates');
  await page.keyboard.type('Wait');
  await page.waitForURL(/show=waiting/);
  await settled(page);
  await tabTo(page, /^EST-/);
  const number = (await focused(page)).name;
  await page.keyboard.press('Enter');
  await heading(page, new RegExp(number));
  await settled(page);

  await tabTo(page, 'Accept');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: `Accept estimate ${number}` }).waitFor();
  for (let pressed = 0; pressed < 8; pressed += 1) {
    await page.keyboard.press('Tab');
    expect(await focused(page)).toMatchObject({ inDialog: true, isMarked: true });
  }
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(async () => (await focused(page)).name).toBe('Accept');

  await tabTo(page, 'More');
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await expect.poll(async () => (await focused(page)).name).toBe('More');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Decline' }).waitFor();
  await downTo(page, 'Decline');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Decline estimate ${number}` });
  await dialog.waitFor();
  await expect.poll(async () => (await focused(page)).inDialog).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(async () => (await focused(page)).name).toBe('More'); // The menu's entry is gone.

  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Decline' }).waitFor();
  await downTo(page, 'Decline');
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  if ((await focused(page)).name !== 'Why do you decline?') await tabTo(page, /Why do you decline/);
  await page.keyboard.type('It is too dear.');
  await tabTo(page, 'Decline');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText(`Estimate ${number} is declined.`).waitFor();
  const { estimates } = await ask<{ estimates: { nodes: { number: string }[] } }>(
    gateway.url,
    'customer',
    '{ estimates(filter: { states: [DECLINED] }) { nodes { number } } }',
  );
  expect(estimates.nodes.map((one) => one.number)).toContain(number);
  await close();
});

test('the account menu opens, goes through its entries and closes by keyboard', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/estimates');
  await settled(page);
  await tabTo(page, /^Account of/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Deutsch' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('menuitem');
  expect((await focused(page)).isMarked).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await expect.poll(async () => (await focused(page)).name).toMatch(/^Account of/);
  await close();
});

test('on a narrow screen the menu is reached only while it is open, and closes by Escape', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer', { size: narrow });
  await page.goto('/estimates');
  await settled(page);
  await tabTo(page, 'Skip to content', 'Shift+Tab');
  for (let pressed = 0; pressed < 12; pressed += 1) {
    await page.keyboard.press('Tab');
    expect((await focused(page)).inMenu, (await focused(page)).name).toBe(false);
  }
  await page.goto('/estimates');
  await settled(page);
  await tabTo(page, 'Menu', 'Shift+Tab');
  expect(await focused(page)).toMatchObject({ isMarked: true, isOnScreen: true });
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Subscriptions' }).waitFor();
  for (let pressed = 0; pressed < 14; pressed += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now.tag !== 'BODY')
      expect(now, 'what is behind the menu is not reached').toMatchObject({ inMenu: true, isOnScreen: true });
  }
  await page.keyboard.press('Escape');
  await page.locator('nav[aria-label=Menu][inert]').waitFor({ state: 'attached' });
  await expect.poll(async () => (await focused(page)).name).toBe('Menu');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Subscriptions');
  await page.keyboard.press('Enter');
  await heading(page, 'Subscriptions');
  await page.locator('nav[aria-label=Menu][inert]').waitFor({ state: 'attached' });
  await close();
});

test('who is in the customer field before it can search stays in it, and searches', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'owner');
  let comes: () => void = () => undefined;
  const isThere = new Promise<void>((go) => {
    comes = go;
  });
  await page.route(/assets\/CustomerSearch-.*\.js/, async (route) => {
    await isThere;
    await route.continue();
  });
  await page.goto('/payments');
  await page.getByRole('textbox', { name: 'Customer' }).focus();
  comes();
  await page.getByRole('combobox', { name: 'Customer' }).waitFor();
  await expect.poll(() => focused(page)).toMatchObject({ tag: 'INPUT', name: 'Customer' });
  await page.keyboard.type('kite');
  await page.locator('[role=option][data-combobox-selected]', { hasText: 'Kite School Sylt' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toContain('customer=');
  await close();
});
