import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { password } from './gateway';

export const desktop = { width: 1280, height: 900 };
export const narrow = { width: 360, height: 740 };

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The distribution's Chromium (`scripts/with-chromium.sh` installs it where it is missing). */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

export type Role = 'customer' | 'staff' | 'accountant' | 'owner';

/** A person at a browser of their own. Whatever the browser complains about fails the test at `close`. */
export interface Person {
  page: Page;
  context: BrowserContext;
  close: () => Promise<void>;
}

/** What the browser says where a machine is so slow that a page's part comes seconds after its style. */
const hasToWait = /was preloaded using link preload but not used within a few seconds/;

export async function visit(
  browser: Browser,
  url: string,
  {
    size = desktop,
    scheme = 'light' as 'light' | 'dark',
    language = 'en-GB',
    /** What the browser says where a test takes the line or the server away. */
    forgiven = null as RegExp | null,
  } = {},
): Promise<Person> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: size,
    colorScheme: scheme,
    locale: language,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (hasToWait.test(message.text()) || forgiven?.test(message.text())) return;
    complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return {
    page,
    context,
    close: async () => {
      await context.close();
      expect(complaints, 'what the browser complained about').toEqual([]);
    },
  };
}

/** Somebody of the demonstration, signed in with address and password. */
export async function signIn(
  browser: Browser,
  url: string,
  role: Role,
  options: Parameters<typeof visit>[2] = {},
): Promise<Person> {
  const person = await visit(browser, url, options);
  const { page } = person;
  await page.goto('/');
  await page.locator('input[type=email]').fill(`${role}@demo.example`);
  await page.locator('input[type=password]').fill(password);
  await page.locator('input[type=password]').press('Enter');
  await page.locator('main#main').waitFor();
  return person;
}

/**
 * Opens a page and looks at it as every page is looked at: it has its heading, nothing breaks out of a narrow screen, and
 * axe-core finds no violation of accessibility.
 */
export async function look(page: Page, path: string, heading: string | RegExp): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await settled(page);
  await inspect(page);
}

/** Waits until nothing is being loaded any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('[role=status][aria-label]'));
}

/** What holds of every page as it stands. */
export async function inspect(page: Page): Promise<void> {
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(needed, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(there ?? 0);
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe.run;
    const { violations } = await run(document, { resultTypes: ['violations'] });
    return violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary})`).join(' | ')}`,
    );
  });
  expect(violations, `accessibility of ${page.url()}`).toEqual([]);
}
