import { createClient } from 'graphql-ws';
import { refreshAll } from './live';
import { pause } from './pause';
import { customerLookedAt } from './viewAs';

/** The line on which the server says what changes; it is taken up again whenever it breaks. */
export const socket = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/graphql/ws`,
  lazy: true,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: pause,
  connectionParams: () => (customerLookedAt() ? { viewAs: customerLookedAt() } : {}),
  on: {
    // What happened before the line stood, at first or after it was down, has not been told.
    connected: refreshAll,
  },
});
