import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { AnyVariables, CombinedError } from '@urql/core';
import { useCallback, useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { onChange } from './live';

export interface Data<Result> {
  /** The answer; while another one is fetched, or where a newer one failed, the last one. */
  data: Result | undefined;
  /** Why there is no answer, or no newer one. */
  error: CombinedError | undefined;
  /** True while there is nothing to show yet. */
  loading: boolean;
  /** True while something newer is fetched. */
  refreshing: boolean;
  refresh: () => void;
}

/** How long after no answer came it is asked again, in milliseconds; not for all pages the same. */
const askAgainAfter = () => 4000 + Math.random() * 4000;

/**
 * Asks the server, and asks it again whenever something has changed there that the viewer may see: an open page is never
 * out of date. Where no answer comes, it goes on asking. `paused` does not ask (yet).
 */
export function useData<Result, Variables extends AnyVariables>(
  query: TypedDocumentNode<Result, Variables>,
  variables: Variables,
  { paused = false, live = true }: { paused?: boolean; live?: boolean } = {},
): Data<Result> {
  const [state, execute] = useQuery<Result, AnyVariables>({
    query: query as TypedDocumentNode<Result, AnyVariables>,
    variables: variables as AnyVariables,
    pause: paused,
  });
  const refresh = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute]);
  useEffect(() => {
    if (!live || paused) return;
    return onChange(refresh);
  }, [live, paused, refresh]);
  const isUnanswered = Boolean(state.error?.networkError) && !state.fetching;
  useEffect(() => {
    if (!isUnanswered) return;
    const timer = setTimeout(refresh, askAgainAfter());
    return () => clearTimeout(timer);
  }, [isUnanswered, refresh]);
  // What was answered last stays: while something else is fetched, and where a newer answer to the same question fails.
  const last = useRef<Answered<Result> | null>(null);
  if (state.data) last.current = answered(last.current, state.data, state.operation?.key);
  const isStill = !!state.data || state.fetching || last.current?.question === state.operation?.key;
  const data = isStill ? last.current?.data : undefined;
  return {
    data,
    error: state.error,
    loading: !data && !state.error && !paused,
    refreshing: state.fetching || state.stale,
    refresh,
  };
}

interface Answered<Result> {
  /** As the server gave it. */
  answer: Result;
  /** The same object for as long as the server says the same: what is drawn of it need not be drawn again. */
  data: Result;
  question: number | undefined;
}

function answered<Result>(
  last: Answered<Result> | null,
  answer: Result,
  question: number | undefined,
): Answered<Result> {
  if (last?.answer === answer && last.question === question) return last;
  const isSame = last?.question === question && JSON.stringify(last?.data) === JSON.stringify(answer);
  return { answer, data: last && isSame ? last.data : answer, question };
}
