import { makeOperation, type Operation, ssrExchange, stringifyVariables } from '@urql/core';
import { boot } from '../app/boot';
import { customerLookedAt } from './viewAs';

/** Gives what came with the page, each answer once: from then on it may have changed. */
export const answeredExchange = ssrExchange({ isClient: true });

const left = [...boot.answers];
const given = new Set<number>();

/** From now on everything is asked for, also what the page did not ask yet: the line says what changes. */
export function askAlways(): void {
  left.length = 0;
  given.clear();
}

/**
 * Looks whether a query was answered with the page: to the person, that is, not in the view of a customer. While the page
 * is being built that is not asked again; what has changed since is told by the line, once it stands.
 */
export function giveAnswered(operation: Operation): Operation {
  const { kind, key, query, variables, context } = operation;
  if (kind !== 'query' || context.requestPolicy !== 'cache-and-network' || customerLookedAt()) return operation;
  const [definition] = query.definitions;
  const name = definition && 'name' in definition ? definition.name?.value : undefined;
  const at = left.findIndex((one) => one.name === name && same(one.variables, variables ?? {}));
  const [answer] = at < 0 ? [] : left.splice(at, 1);
  if (answer) {
    answeredExchange.restoreData({ [key]: { data: JSON.stringify(answer.data) } });
    given.add(key);
  }
  return given.has(key) ? makeOperation(kind, operation, { ...context, requestPolicy: 'cache-first' }) : operation;
}

type Values = Readonly<Record<string, unknown>>;

/** Whether two sets of variables say the same; what is not given is null. */
const same = (one: Values, other: Values) => said(one) === said(other);
const said = (values: Values) =>
  stringifyVariables(JSON.parse(JSON.stringify(values, (_, value: unknown) => value ?? undefined)));
