import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launch } from './browser';
import { type Gateway, startGateway } from './gateway';

// A file that imports this has a gateway and a browser of its own, from before its first test until after its last.
export let gateway: Gateway;
export let browser: Browser;

beforeAll(async () => {
  [gateway, browser] = await Promise.all([startGateway(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});
