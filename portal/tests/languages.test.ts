import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn, visit } from './support/browser';
import { browser, gateway } from './support/site';

/** A language, how it is called, and how it says and writes what these tests look at. */
const languages = [
  { code: 'en', name: 'English', signIn: /^Sign in to/, estimates: 'Estimates', total: '€30,130.80' },
  { code: 'de', name: 'Deutsch', signIn: /Anmelde|anmelde/, estimates: 'Angebote', total: '30.130,80 €' },
  { code: 'es', name: 'Español', signIn: /sesión/, estimates: 'Presupuestos', total: '30.130,80 €' },
  { code: 'fr', name: 'Français', signIn: /connect|Connexion/i, estimates: 'Devis', total: '30 130,80 €' },
] as const;

/** Blanks of every kind as one blank: French groups its digits by a narrow one that does not break. */
const plain = (text: string) => text.replace(/\s+/gu, ' ');
const languageOf = (page: Page) => page.evaluate(() => document.documentElement.lang);

test('each language can be chosen at the sign-in, is kept, and the page says which it is', async () => {
  const { page, close } = await visit(browser, gateway.url);
  await page.goto('/');
  for (const { code, name, signIn: words } of languages) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: words }).waitFor();
    expect(await languageOf(page)).toBe(code);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: words }).waitFor();
    expect(await languageOf(page)).toBe(code);
  }
  await close();
});

test('each language can be chosen in the account menu, is kept, and writes money and dates in its way', async () => {
  const { page, close } = await signIn(browser, gateway.url, 'customer');
  await page.goto('/estimates');
  for (const { code, name, estimates, total } of languages) {
    await page.getByRole('button', { name: /Clara Kontos/ }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click();
    await page.getByRole('heading', { level: 1, name: estimates }).waitFor();
    expect(await languageOf(page)).toBe(code);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: estimates }).waitFor();
    expect(await languageOf(page)).toBe(code);
    const row = page.getByRole('row').filter({ hasText: 'EST-00006' });
    await row.waitFor();
    const written = plain((await row.textContent()) ?? '');
    expect(written).toContain(total);
    const dated = written.match(/\d{4}/g);
    expect(dated, written).not.toBeNull();
    expect(written, 'a date as the server has it').not.toMatch(/\d{4}-\d{2}-\d{2}/);
  }
  await close();
});

test('without a choice the browser says which language it is', async () => {
  const { page, close } = await visit(browser, gateway.url, { language: 'fr-FR' });
  await page.goto('/');
  await page.getByRole('heading', { level: 1, name: /connect|Connexion/i }).waitFor();
  expect(await languageOf(page)).toBe('fr');
  await close();
});

/** Texts of the page that are no words: keys without their words, or places that were not filled in. */
const rawTexts = (page: Page) =>
  page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const raw: string[] = [];
    const look = (text: string) => {
      if (text.trim().endsWith('.example')) return; // The web site of the demonstration.
      if (/^[a-z]+(\.[a-zA-Z_]+)+$/.test(text.trim()) || text.includes('{{')) raw.push(text.trim());
    };
    while (walker.nextNode()) look(walker.currentNode.textContent ?? '');
    for (const one of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) look(one.getAttribute(name) ?? '');
    }
    return raw;
  });

for (const { code, name } of languages) {
  for (const role of ['customer', 'owner'] as const) {
    test(`no page of the ${role} shows a key in place of words in ${name}`, async () => {
      const { page, close } = await signIn(browser, gateway.url, role, { language: code });
      const inspectWords = async (path: string | null) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForFunction(() => !document.querySelector('main [role=status][aria-label]')); // Its bars are gone.
        expect(await rawTexts(page), `${path}`).toEqual([]);
        expect(await page.title()).not.toMatch(/^[a-z]+\.|\{\{/);
      };
      for (const link of await page.locator('nav a[href^="/"]').all()) {
        const path = await link.getAttribute('href');
        await link.click();
        await page.waitForURL(`**${path}`);
        await inspectWords(path);
      }
      for (const path of role === 'owner'
        ? ['/settings/billing', '/messages?show=outbox', '/estimates/new']
        : ['/security']) {
        await page.goto(path);
        await inspectWords(path);
      }
      await close();
    });
  }
}

test('the words of each language are its own, and no copies of the English ones', () => {
  const folder = resolve(import.meta.dirname, '../src/locales');
  const wordsOf = (tree: object, prefix = ''): [string, string][] =>
    Object.entries(tree).flatMap(([key, value]: [string, string | object]) =>
      typeof value === 'string' ? [[`${prefix}${key}`, value]] : wordsOf(value, `${prefix}${key}.`),
    );
  const read = (code: string, file: string): Map<string, string> =>
    new Map(wordsOf(JSON.parse(readFileSync(`${folder}/${code}/${file}`, 'utf8')) as object));
  const copied: string[] = [];
  for (const file of readdirSync(`${folder}/en`)) {
    const english = [...read('en', file)].filter(([, text]) => /\p{L}{2}/u.test(text.replace(/\{\{.*?\}\}/g, '')));
    for (const { code } of languages.slice(1)) {
      const words = read(code, file);
      const own = english.filter(([key, text]) => words.get(key) !== text).length;
      if (english.length > 0 && own / english.length <= 0.6)
        copied.push(`${code}/${file}: ${own} of ${english.length}`);
    }
  }
  expect(copied).toEqual([]);
});
