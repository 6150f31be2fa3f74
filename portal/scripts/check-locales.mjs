// Every language has the words of every other, with the same placeholders: exit code 1 names what is missing.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../src/locales/', import.meta.url);
const languages = readdirSync(folder);
const read = (language, file) => JSON.parse(readFileSync(new URL(`${language}/${file}`, folder), 'utf8'));

/** The words of a file by their keys; of the plural forms, which differ by language, only the common stem. */
function words(tree, prefix = '') {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${prefix}${key}`.replace(/_(zero|one|two|few|many|other)$/, '_#'), value]]
      : words(value, `${prefix}${key}.`),
  );
}
const placeholders = (text) => [...new Set(text.match(/\{\{[^}]+\}\}/g) ?? [])].sort().join(' ');

let faults = 0;
const say = (text) => {
  faults += 1;
  console.error(text);
};
for (const file of readdirSync(new URL('en/', folder))) {
  const english = new Map(words(read('en', file)));
  for (const language of languages) {
    const others = new Map(words(read(language, file)));
    for (const [key, text] of english) {
      const other = others.get(key);
      if (!other?.trim()) say(`${language}/${file}: ${key} is missing`);
      else if (!key.endsWith('_#') && placeholders(other) !== placeholders(text))
        say(`${language}/${file}: ${key} has other placeholders`);
    }
    for (const key of others.keys()) if (!english.has(key)) say(`${language}/${file}: ${key} is not in English`);
  }
}
process.exit(faults ? 1 : 0);
