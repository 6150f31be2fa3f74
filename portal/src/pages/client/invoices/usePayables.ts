import { gql, type TypedDocumentNode } from '@urql/core';
import { useMemo } from 'react';
import { isId } from '../../../api/ids';
import { type Data, useData } from '../../../api/useData';
import { type PayablePartsFragment, PayablePartsFragmentDoc } from './pay.generated';

export type Payable = PayablePartsFragment;

/** Several invoices asked for in one request: the API knows them one by one. An invoice that is not there is null. */
export function usePayables(ids: readonly string[]): Data<Record<string, Payable | null>> {
  const list = ids.join(' ');
  const [query, variables] = useMemo(() => documentFor(list ? list.split(' ') : []), [list]);
  return useData(query, variables, { paused: ids.length === 0 });
}

function documentFor(
  ids: readonly string[],
): [TypedDocumentNode<Record<string, Payable | null>, Record<string, string>>, Record<string, string>] {
  const names = (ids.length > 0 ? ids : ['']).map((_, at) => `invoice${at}`);
  const declared = names.map((name) => `$${name}: UUID!`).join(', ');
  const fields = names.map((name) => `${name}: invoice(id: $${name}) { ...PayableParts }`).join('\n');
  const query = gql<Record<string, Payable | null>, Record<string, string>>`
    query Payables(${declared}) {
      ${fields}
    }
    ${PayablePartsFragmentDoc}
  `;
  return [query, Object.fromEntries(ids.map((id, at) => [`invoice${at}`, id]))];
}

/** The invoices that an address such as `/pay?invoices=a,b` names, each once; what is no id is left out. */
export const invoicesNamed = (list: string | null): string[] => [
  ...new Set((list ?? '').split(',').filter((id) => isId(id))),
];
