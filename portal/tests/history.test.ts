import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const locales = resolve(import.meta.dirname, '../src/locales');
const stored = [
  ...new Set(
    readdirSync(resolve(import.meta.dirname, '../../schema/events')).map((file) => file.replace(/\.v\d+\.json$/, '')),
  ),
];

for (const language of readdirSync(locales)) {
  test(`every event that the log may hold has a name for people: ${language}`, () => {
    const { event } = JSON.parse(readFileSync(resolve(locales, language, 'history.json'), 'utf8')) as {
      event: Record<string, string>;
    };
    expect(stored.filter((name) => !event[name]?.trim())).toEqual([]);
  });
}
