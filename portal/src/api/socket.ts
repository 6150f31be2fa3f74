import { createClient } from 'graphql-ws';
import { customerLookedAt } from './viewAs';

/** The line on which the server says what changes; it is taken up again whenever it breaks. */
export const socket = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/graphql/ws`,
  lazy: true,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  connectionParams: () => (customerLookedAt() ? { viewAs: customerLookedAt() } : {}),
});
