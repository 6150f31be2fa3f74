import { defineConfig } from 'vitest/config';

/** Browser tests: each file has a gateway and a browser of its own, on a copy of the demonstration's books. */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/demonstration.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } }, // As long as the browser is given for anything else.
    retry: process.env.CI ? 1 : 0, // What passed only then is named (`support/failures.ts`).
    maxWorkers: 1, // A browser, a gateway and the tests share the two cores of a build machine.
    reporters: ['default', './tests/support/failures.ts'],
  },
});
