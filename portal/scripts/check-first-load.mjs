// What a browser fetches of JavaScript before a page stands, compressed: no page, nor the sign-in, may need more than
// 200 kB. Exit code 1 names those that do.
import { readFileSync, statSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
const limit = 200_000;
const read = (name) => readFileSync(new URL(name, dist), 'utf8');
const scripts = (html) => [...html.matchAll(/(?:href|src)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name);
/** Compressed, where that made it smaller. */
const sizeOf = (name) =>
  (statSync(new URL(`${name}.br`, dist), { throwIfNoEntry: false }) ?? statSync(new URL(name, dist))).size;
const size = (names) => [...new Set(names)].reduce((so, name) => so + sizeOf(name), 0);

const always = scripts(read('signed-in.html'));
const pages = JSON.parse(read('pages.json'));
const loads = (side) => pages[side].map(({ path, head }) => [path, size([...always, ...scripts(head)])]);
const signIn = ['the sign-in', size(scripts(read('index.html')))];
const [client, staff] = [loads('client'), loads('staff')];
const heaviest = (list) => list.reduce((most, one) => (one[1] > most[1] ? one : most));
const say = ([path, bytes]) => `${path} ${(bytes / 1000).toFixed(0)} kB`;

console.log(
  `first load: ${say(signIn)}; clients ${say(client[0])}, at most ${say(heaviest(client))}; staff ${say(staff[0])}, at most ${say(heaviest(staff))}`,
);
const heavy = [signIn, ...client, ...staff].filter(([, bytes]) => bytes > limit);
for (const one of heavy)
  console.error(`more than ${limit / 1000} kB of JavaScript before the page stands: ${say(one)}`);
process.exit(heavy.length > 0 ? 1 : 0);
