// What Lighthouse says of the sign-in, the dashboard and an invoice: each three times, the median counts, on the binary
// that BILLING names with the pages inside it. Exit code 1 where a category is below 95.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { password, startGateway } from '../tests/support/gateway';

process.env.BUILT_IN = '1';
const categories = ['performance', 'accessibility', 'best-practices'] as const;
const form = process.argv[2] === '--desktop' ? ['--preset=desktop'] : [];
const folder = mkdtempSync(join(tmpdir(), 'lighthouse-'));
const gateway = await startGateway(join(folder, 'data'));

/** Asks the API as the customer, by the session cookie that the browser is given. */
async function customer(): Promise<{ cookie: string; invoice: string }> {
  const ask = (query: string, cookie = '') =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        origin: gateway.url,
        cookie,
      },
      body: JSON.stringify({ query }),
    });
  const signedIn = await ask(`mutation { signIn(email: "customer@demo.example", password: "${password}") { token } }`);
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const invoices = await ask('{ invoices(first: 1) { nodes { id } } }', cookie);
  const { data } = (await invoices.json()) as { data: { invoices: { nodes: { id: string }[] } } };
  return { cookie, invoice: data.invoices.nodes[0]?.id ?? '' };
}

/** The scores of one run, in percent. */
function measure(path: string, cookie: string | null, run: number): number[] {
  const report = join(folder, `${run}.json`);
  const flags = '--headless=new --no-sandbox --disable-gpu --disable-quic --disable-background-networking';
  const words = [
    '--yes',
    'lighthouse@12.2.3',
    `${gateway.url}${path}`,
    '--quiet',
    '--output=json',
    `--output-path=${report}`,
    `--only-categories=${categories.join(',')}`,
    `--chrome-flags=${flags}`,
    ...form,
    ...(cookie ? [`--extra-headers=${JSON.stringify({ Cookie: cookie })}`] : []),
  ];
  const environment = { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? '/usr/bin/chromium' };
  let done = spawnSync('npx', words, { env: environment, encoding: 'utf8' });
  // Now and then the browser's record of the load begins too late to be read.
  if (done.stderr.includes('NO_NAVSTART')) done = spawnSync('npx', words, { env: environment, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`lighthouse failed: ${done.stderr}`);
  const read = JSON.parse(readFileSync(report, 'utf8'));
  for (const audit of Object.values<{
    id: string;
    score: number | null;
    title: string;
    weight?: number;
    displayValue?: string;
  }>(read.audits)) {
    if (process.env.VERBOSE && audit.score !== null && audit.score < 0.9)
      console.log(`    ${audit.id} ${audit.score} ${audit.displayValue ?? ''}`);
  }
  return categories.map((category) => Math.round(read.categories[category].score * 100));
}

const { cookie, invoice } = await customer();
let isBelow = false;
for (const [name, path, as] of [
  ['sign-in', '/', null],
  ['dashboard', '/', cookie],
  ['invoice', `/invoices/${invoice}`, cookie],
] as const) {
  const runs = [1, 2, 3].map((run) => measure(path, as, run));
  const median = categories.map((_, at) => runs.map((scores) => scores[at] ?? 0).sort((a, b) => a - b)[1] ?? 0);
  console.log(`${name.padEnd(10)} ${categories.map((category, at) => `${category} ${median[at]}`).join('  ')}`);
  isBelow ||= median.some((score) => score < 95);
}
await gateway.stop();
process.exit(isBelow ? 1 : 0);
