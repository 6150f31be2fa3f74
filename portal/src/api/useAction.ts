import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type AnyVariables, getOperationName, type OperationResult } from '@urql/core';
import { useCallback, useRef, useState } from 'react';
import { begin } from './attempts';
import { client, fetchOptions, isUnauthenticated } from './client';
import { refreshAll, refreshNow } from './live';
import { hasSessionEnded, untilRenewed } from './session';

/** A rule that refused; its message is in the person's language (`refusals.ts`). */
export interface Refusal {
  readonly field: readonly string[];
  readonly code: string;
  readonly message: string;
}

/** What came of an action. */
export type Outcome<Payload> =
  | { kind: 'done'; payload: Payload }
  | { kind: 'refused'; refusals: readonly Refusal[]; payload: Payload }
  | { kind: 'failed'; failure: Failure };

/**
 * Why there is no answer: no connection, something forbidden or in conflict, something that was sent before with other
 * contents, or a fault of ours with its id.
 */
export type Failure =
  | { kind: 'network' }
  | { kind: 'conflict' | 'repeated' | 'forbidden' | 'limited' | 'internal'; message: string };

export interface Action<Payload, Variables> {
  /**
   * Sends it; while it is under way, a second call changes nothing and answers null. With a `key`, it is done once under
   * that key, whatever it is sent with.
   */
  run: (variables: Variables, key?: string) => Promise<Outcome<Payload> | null>;
  busy: boolean;
  /** The last refusals and failure, until the next try. */
  refusals: readonly Refusal[];
  failure: Failure | null;
  clear: () => void;
}

/**
 * Sends a mutation once, whatever happens on the way: a second click does nothing while the first is under way; what is
 * sent again after a lost answer, also after a reload, goes under the same idempotency key (`attempts.ts`); where the
 * sign-in has ended meanwhile, it waits until the person has signed in again. Nothing typed is lost.
 *
 * `pick` takes the mutation's payload, with its `userErrors`, out of the answer.
 */
export function useAction<
  Result,
  Variables extends AnyVariables,
  Payload extends { readonly userErrors: readonly Refusal[] },
>(mutation: TypedDocumentNode<Result, Variables>, pick: (result: Result) => Payload): Action<Payload, Variables> {
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [failure, setFailure] = useState<Failure | null>(null);
  const underWay = useRef(false);
  const picked = useRef(pick);
  picked.current = pick;

  const run = useCallback(
    async (variables: Variables, key?: string): Promise<Outcome<Payload> | null> => {
      if (underWay.current) return null;
      const attempt = key ? { key, end: () => undefined } : begin(getOperationName(mutation) ?? '', variables);
      underWay.current = true;
      setBusy(true);
      setRefusals([]);
      setFailure(null);
      let isKnown = false;
      try {
        const outcome = await send(mutation, variables, attempt.key, picked.current);
        isKnown = isAnswered(outcome);
        if (outcome.kind === 'refused') setRefusals(outcome.refusals);
        if (outcome.kind === 'failed') setFailure(outcome.failure);
        if (outcome.kind === 'done') refreshAll();
        // Where it was refused, something may not be as the page shows it.
        else if (isAboutWhatIsShown(outcome) && !hasSessionEnded()) refreshNow();
        return outcome;
      } finally {
        attempt.end(isKnown);
        underWay.current = false;
        setBusy(false);
      }
    },
    [mutation],
  );
  const clear = useCallback(() => {
    setRefusals([]);
    setFailure(null);
  }, []);
  return { run, busy, refusals, failure, clear };
}

/** Whether it is known what came of it: a fault of the server's may have come after it was done. */
const isAnswered = (outcome: Outcome<unknown>) =>
  outcome.kind !== 'failed' || ['conflict', 'repeated', 'forbidden'].includes(outcome.failure.kind);

const isAboutWhatIsShown = (outcome: Outcome<unknown>) =>
  outcome.kind === 'refused' || (outcome.kind === 'failed' && ['conflict', 'repeated'].includes(outcome.failure.kind));

async function send<
  Result,
  Variables extends AnyVariables,
  Payload extends { readonly userErrors: readonly Refusal[] },
>(
  mutation: TypedDocumentNode<Result, Variables>,
  variables: Variables,
  key: string,
  pick: (result: Result) => Payload,
): Promise<Outcome<Payload>> {
  for (;;) {
    const result = await client
      .mutation(mutation as TypedDocumentNode<Result, AnyVariables>, variables as AnyVariables, keyed(key))
      .toPromise();
    if (result.error && isUnauthenticated(result.error)) {
      await untilRenewed();
      continue;
    }
    if (result.error || !result.data) return { kind: 'failed', failure: failureOf(result) };
    const payload = pick(result.data);
    return payload.userErrors.length > 0
      ? { kind: 'refused', refusals: payload.userErrors, payload }
      : { kind: 'done', payload };
  }
}

const keyed = (key: string) => ({ fetchOptions: fetchOptions({ 'Idempotency-Key': key }) });

function failureOf(result: OperationResult): Failure {
  const [first] = result.error?.graphQLErrors ?? [];
  if (!first) return { kind: 'network' };
  const message = first.message;
  switch (first.extensions.code) {
    case 'CONFLICT':
      return { kind: 'conflict', message };
    case 'IDEMPOTENCY_KEY_REUSED':
      return { kind: 'repeated', message };
    case 'FORBIDDEN':
    case 'NOT_ALLOWED':
    case 'NOT_FOUND':
    case 'BAD_INPUT':
      return { kind: 'forbidden', message };
    case 'RATE_LIMITED':
      return { kind: 'limited', message };
    default:
      return { kind: 'internal', message };
  }
}
