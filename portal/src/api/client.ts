import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core';
import type { Sink } from 'graphql-ws';
import { answeredExchange, giveAnswered } from './answered';
import { pause } from './pause';
import { refusalsExchange } from './refusing';
import { sessionEnded } from './session';
import { customerLookedAt } from './viewAs';

/** Whether the server says that nobody is signed in (any more). */
export function isUnauthenticated(error: {
  graphQLErrors: readonly { extensions?: { [key: string]: unknown } }[];
}): boolean {
  return error.graphQLErrors.some((one) => one.extensions?.code === 'UNAUTHENTICATED');
}

/** How requests are sent: with our cookie, in the view of the customer that is looked at, and with further headers. */
export function fetchOptions(headers: Record<string, string> = {}): RequestInit {
  const customer = customerLookedAt();
  return { credentials: 'same-origin', headers: customer ? { ...headers, 'X-View-As': customer } : headers };
}

export const client = new Client({
  url: '/graphql',
  preferGetMethod: false,
  requestPolicy: 'cache-and-network',
  fetchOptions: () => fetchOptions(),
  exchanges: [
    mapExchange({
      onOperation: giveAnswered,
      onError(error, operation) {
        if (operation.kind !== 'subscription' && isUnauthenticated(error)) sessionEnded();
      },
    }),
    cacheExchange,
    answeredExchange,
    refusalsExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => {
          let stop = () => {};
          let isWanted = true;
          // The line is opened when there is something to show: what it needs is not part of the first load. Where that
          // does not come, it is tried again, as the line itself is.
          const open = async (tries: number): Promise<void> => {
            const line = await import('./socket').catch(() => null);
            if (!isWanted) return;
            if (line) {
              stop = line.socket.subscribe({ query: query ?? '', variables }, sink as Sink);
              return;
            }
            await pause(tries);
            if (isWanted) await open(tries + 1);
          };
          void open(0);
          return {
            unsubscribe: () => {
              isWanted = false;
              stop();
            },
          };
        },
      }),
    }),
  ],
});
