import { useCallback, useEffect, useState } from 'react';
import { client } from '../../../api/client';
import type { ShownStatement } from './Statement';
import { type MovementFragment, StatementMovementsDocument } from './statement.generated';

interface Further {
  of: ShownStatement;
  nodes: readonly MovementFragment[];
  hasMore: boolean;
}

/**
 * The movements of each account: the first page that came with the statement, and further ones as they are asked for. When
 * the statement changes, as many are fetched anew.
 */
export function useMovements(
  statement: ShownStatement | null,
  { customer, from, to }: { customer: string | null; from: string; to: string },
) {
  const [wanted, setWanted] = useState<{ of: string; pages: Record<string, number> }>({ of: '', pages: {} });
  const [further, setFurther] = useState<Record<string, Further>>({});
  const [failed, setFailed] = useState(false);
  const of = `${customer} ${from} ${to}`;
  const pages = wanted.of === of ? wanted.pages : none;
  useEffect(() => {
    const long = statement?.accounts.filter((one) => one.movements.pageInfo.hasNextPage) ?? [];
    const asked = long.filter(({ currency }) => (pages[currency] ?? 1) > 1);
    if (!statement || asked.length === 0) return;
    let isCurrent = true;
    setFailed(false);
    const load = async (currency: string, first: string | null) => {
      const nodes: MovementFragment[] = [];
      let [after, hasMore] = [first, true];
      for (let page = 1; hasMore && page < (pages[currency] ?? 1); page += 1) {
        const variables = { customer, from, to, currency, after };
        const answer = await client.query(StatementMovementsDocument, variables, fresh).toPromise();
        const next = answer.data?.statement?.accounts[0]?.movements;
        if (!next) throw answer.error ?? new Error('the statement is gone');
        nodes.push(...next.nodes);
        [after, hasMore] = [next.pageInfo.endCursor, next.pageInfo.hasNextPage];
      }
      if (isCurrent) setFurther((before) => ({ ...before, [currency]: { of: statement, nodes, hasMore } }));
    };
    Promise.all(asked.map((one) => load(one.currency, one.movements.pageInfo.endCursor))).catch(
      () => isCurrent && setFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [statement, customer, from, to, pages]);
  const accounts = (statement?.accounts ?? []).map((account) => {
    const more = pages[account.currency] ? further[account.currency] : undefined;
    return {
      account,
      nodes: [...account.movements.nodes, ...(more?.nodes ?? [])],
      hasMore: more ? more.hasMore : account.movements.pageInfo.hasNextPage,
      isCurrent: !more || more.of === statement,
    };
  });
  const ask = useCallback(
    (change: (before: Record<string, number>) => Record<string, number>) =>
      setWanted((before) => ({ of, pages: change(before.of === of ? before.pages : none) })),
    [of],
  );
  return {
    accounts,
    failed,
    isComplete: statement !== null && accounts.every((one) => !one.hasMore && one.isCurrent),
    loadMore: (currency: string) => ask((before) => ({ ...before, [currency]: (before[currency] ?? 1) + 1 })),
    loadAll: () => {
      const all = accounts.filter((one) => one.hasMore).map((one) => [one.account.currency, Number.MAX_SAFE_INTEGER]);
      if (all.length > 0) ask((before) => ({ ...before, ...Object.fromEntries(all) }));
    },
  };
}

const none: Record<string, number> = {};
const fresh = { requestPolicy: 'network-only' } as const;
