import { type Exchange, mapExchange, type OperationResult } from '@urql/core';
import type { Refusal } from './useAction';

/** The payload of a mutation or preview that was refused. */
export interface Refusing {
  readonly userErrors: readonly Refusal[];
}

/** The payloads of an answer that hold refusals, by their names in it. */
export function refusing(data: unknown): [string, Refusing][] {
  return Object.entries(data ?? {}).filter((entry): entry is [string, Refusing] => {
    const payload: Partial<Refusing> | null = entry[1];
    return Array.isArray(payload?.userErrors) && payload.userErrors.length > 0;
  });
}

/** That nobody is signed in leads to the sign-in; nobody reads it. */
const isToRead = ({ data, error }: OperationResult) =>
  refusing(data).length > 0 || error?.graphQLErrors.some((one) => one.extensions.code !== 'UNAUTHENTICATED');

/** Puts the refusals and errors of every answer into the person's language, which is fetched when it is needed. */
export const refusalsExchange: Exchange = mapExchange({
  onResult: (result) =>
    isToRead(result)
      ? import('./refusals').then(
          ({ inWords }) => inWords(result),
          () => result,
        )
      : result,
});
