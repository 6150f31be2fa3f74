// Every Mantine component that is used has its styles in src/app/mantine.css, and no other: exit code 1 names the
// differences. A component's class names stand in the built scripts as they do in its style sheet.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const sheets = join(root, 'node_modules/@mantine/core/styles');
const classes = (text) => new Set(text.match(/\bm_[0-9a-f]{6,8}\b/g));
const assets = readdirSync(join(root, 'dist/assets')).filter((name) => name.endsWith('.js'));
const used = classes(assets.map((name) => readFileSync(join(root, 'dist/assets', name), 'utf8')).join('\n'));
const sheet = readFileSync(join(root, 'src/app/mantine.css'), 'utf8');
const imported = new Set([...sheet.matchAll(/(\w+)\.layer\.css"/g)].map(([, name]) => `${name}.css`));

let faults = 0;
for (const sheet of readdirSync(sheets)) {
  if (!/^[A-Z]\w+\.css$/.test(sheet)) continue;
  const isUsed = [...classes(readFileSync(join(sheets, sheet), 'utf8'))].some((name) => used.has(name));
  if (isUsed === imported.has(sheet)) continue;
  faults += 1;
  console.error(`src/app/mantine.css: ${sheet} is ${isUsed ? 'missing' : 'not needed'}`);
}
process.exit(faults ? 1 : 0);
