import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { visit } from './support/browser';
import { password } from './support/gateway';
import { browser, gateway } from './support/site';

const root = resolve(import.meta.dirname, '../..');
const words = resolve(import.meta.dirname, '../src/locales');
const languages = readdirSync(words);

interface Words {
  [code: string]: string | Record<string, string>;
  figures: Record<string, string>;
}
const wordsOf = (language: string): Words => JSON.parse(readFileSync(join(words, language, 'refusals.json'), 'utf8'));

/** The Rust files of a folder, without their tests. */
function sources(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.rs') && !/tests?(\.rs|\/)/.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8').split('#[cfg(test)]')[0] ?? '');
}

/** The codes of `fn code` (and, of a request's errors, `fn name`), as `Self::Variant… => "CODE"`. */
function codesOfErrors(): { code: string; variant: string; source: string }[] {
  return [...sources('domain/src'), readFileSync(join(root, 'gateway/src/graphql/error.rs'), 'utf8')].flatMap(
    (source) =>
      [...source.matchAll(/fn (?:code|name)\(&?self\)[\s\S]*?\n {4}\}\n/g)].flatMap(([arms]) =>
        [...arms.matchAll(/Self::(\w+)[^=]*=> "([A-Z_]{3,})"/g)].map(([, variant = '', code = '']) => ({
          code,
          variant,
          source,
        })),
      ),
  );
}

/** The codes that stand as text where the gateway makes, carries or hears a refusal. */
function codesOfGateway(): string[] {
  const made = /(?:UserError::new\(\s*&\[[^\]]*\]|UserError::new\(\s*&\w+|\b(?:refused?|cancel)\()[\s,]*"([A-Z_]+)"/g;
  const played = /(?:const DECLINED|Fails|let (?:unknown|closed)|refusal)\b[^"]*"([A-Z_]+)", "/g;
  return [
    ...[...sources('gateway/src/graphql'), ...sources('gateway/src/process')].flatMap((one) => [...one.matchAll(made)]),
    ...readFileSync(join(root, 'gateway/src/process/sandbox.rs'), 'utf8').matchAll(played),
  ].map(([, code = '']) => code);
}

test('why the sandbox refuses a payment has words in every language', () => {
  const sandbox = readFileSync(join(root, 'gateway/src/process/sandbox.rs'), 'utf8');
  const codes = [...sandbox.matchAll(/\("([A-Z_]+)", "/g)].map(([, code = '']) => code);
  expect(codes).toEqual(expect.arrayContaining(['CARD_DECLINED', 'EXPIRED_CARD', 'ACCOUNT_CLOSED', 'UNKNOWN_TOKEN']));
  for (const language of languages) {
    const { failure } = JSON.parse(readFileSync(join(words, language, 'common.json'), 'utf8'));
    expect(Object.keys(failure), language).toEqual(expect.arrayContaining(codes));
  }
});

test('every code of a refusal or error has a sentence in every language', () => {
  const codes = new Set([...codesOfErrors().map(({ code }) => code), ...codesOfGateway()]);
  expect(codes.size).toBeGreaterThan(130);
  for (const code of ['RATE_LIMITED', 'WEAK_PASSWORD', 'NOT_APPLIED', 'BAD_TOKEN', 'CARD_DECLINED', 'NOT_READY'])
    expect(codes).toContain(code);
  for (const language of languages) {
    const said = wordsOf(language);
    expect(
      [...codes].filter((code) => typeof said[code] !== 'string'),
      `codes without a sentence in ${language}`,
    ).toEqual([]);
  }
});

test('a sentence with figures belongs to a message that carries them', () => {
  const errors = codesOfErrors();
  for (const [code, sentence] of Object.entries(wordsOf('en').figures)) {
    const { variant, source } = errors.find((one) => one.code === code) ?? { variant: '', source: '' };
    if (code === 'RATE_LIMITED' || code === 'INTERNAL') continue; // They are told beside the message.
    const message = new RegExp(`#\\[error\\("([^"]*)"\\)\\]\\n\\s*${variant}\\b`).exec(source)?.[1] ?? '';
    const carried = message.match(/\{\w+\}|\d+/g)?.length ?? 0;
    const named = sentence.match(/\{\{/g)?.length ?? 0;
    expect(carried, `${code}: ${message}`).toBeGreaterThanOrEqual(named);
  }
});

test('what the server refuses is told in the person’s language, at its field where it has one', async () => {
  const { page, context, close } = await visit(browser, gateway.url, { language: 'de-DE' });
  await context.addInitScript(() => localStorage.setItem('billing-language', 'de'));
  await page.goto('/company');
  await page.locator('input[type=email]').fill('customer@demo.example');
  await page.locator('input[type=password]').fill('not this one');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('Die E-Mail-Adresse oder das Passwort ist falsch.').waitFor();
  await page.locator('input[type=password]').fill(password);
  await page.keyboard.press('Enter');
  const field = page.locator('input[data-path=taxId]');
  await field.fill('DE12');
  await field.press('Enter');
  await page.getByText('Eine USt-IdNr. (Deutschland) sieht so aus: DE123456789.').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  await page.locator('input[data-path=name]').fill('x'.repeat(1000));
  await field.press('Enter');
  await page.getByText(/^Hier sind höchstens \d+ Zeichen möglich\.$/).waitFor();
  await close();
});
