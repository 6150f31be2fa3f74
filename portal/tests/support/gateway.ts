import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const password = 'harbour-demo-2026';
export const webhookSecret = 'whsec_of_the_browser_tests';
/** The time at which every gateway starts. */
const beginning = '2026-11-22T10:00:00Z';
const binary = process.env.BILLING ?? resolve(import.meta.dirname, '../../../target/debug/billing');
const pages = resolve(import.meta.dirname, '../../dist');

/** A gateway of its own on a free port, with the built pages. */
export interface Gateway {
  url: string;
  /** Runs `billing …` on the gateway's data; answers what it wrote. */
  command: (...words: string[]) => Promise<string>;
  /** The same, with something on its standard input, such as a password. */
  commandWith: (input: string, ...words: string[]) => Promise<string>;
  stop: () => Promise<void>;
}

/**
 * Starts a gateway on a copy of the demonstration's data, or, without, on data of `folder`; with further settings. With
 * DEMO=false it begins empty.
 */
export async function startGateway(folder?: string, settings: Record<string, string> = {}): Promise<Gateway> {
  const template = settings.DEMO === 'false' ? undefined : process.env.DEMONSTRATION;
  const data = folder ?? mkdtempSync(join(tmpdir(), 'portal-test-'));
  if (!folder && template) cpSync(template, data, { recursive: true });
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const environment = {
    ...process.env,
    ENVIRONMENT: 'development',
    DEMO: 'true',
    DATA_DIR: data,
    START_AT: beginning, // The demonstration moves with the calendar, the tests do not.
    DATABASE_URL: `sqlite:${join(data, 'billing.db')}`,
    LISTEN: `127.0.0.1:${port}`,
    PUBLIC_URL: url,
    // What is measured is the release binary with the pages inside; what is tested, the pages as they were built last.
    ...(process.env.BUILT_IN ? {} : { PORTAL_DIR: pages }),
    WEBHOOK_SECRETS: webhookSecret,
    RUST_LOG: 'warn',
    ...settings,
  };
  const started = Date.now();
  const now = () => ({
    ...environment,
    START_AT: new Date(Date.parse(beginning) + Date.now() - started).toISOString(),
  });
  const server = spawn(binary, [], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => log.push(String(text)));
  await until(url, server, log);
  return {
    url,
    command: (...words) => run(words, now()),
    commandWith: (input, ...words) => run(words, now(), input),
    stop: async () => {
      await ended(server);
      if (!folder) rmSync(data, { recursive: true, force: true });
    },
  };
}

async function until(url: string, server: ChildProcess, log: string[]): Promise<void> {
  const end = Date.now() + 60_000;
  while (Date.now() < end && server.exitCode === null) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error(`the gateway ${binary} did not get ready:\n${log.join('')}`);
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((done) => {
    server.once('exit', () => done());
    server.kill('SIGTERM');
  });
}

function run(words: string[], environment: NodeJS.ProcessEnv, input = ''): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(binary, words, { env: environment });
    child.stdin.end(input);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
    child.once('exit', (code) => (code === 0 ? done(said) : fail(new Error(`billing ${words.join(' ')}: ${said}`))));
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))));
    });
  });
}
