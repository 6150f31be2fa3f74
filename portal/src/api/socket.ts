import { createClient } from 'graphql-ws';
import { refreshAll } from './live';
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

/**
 * The time until the line is tried again: a second at first, then longer, at most a quarter of a minute, and not for all
 * pages the same; at once where the network is back.
 */
function pause(tries: number): Promise<void> {
  return new Promise((go) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      go();
    };
    const timer = setTimeout(done, Math.min(1000 * 2 ** tries, 12_000) + Math.random() * 3000);
    window.addEventListener('online', done);
  });
}
