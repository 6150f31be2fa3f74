import { type AnyVariables, stringifyVariables } from '@urql/core';

/**
 * The idempotency keys of actions whose outcome is not known. What is sent again from the same page about the same
 * thing, after a lost answer and also after a reload, goes under the same key: the server does it once, and says so where
 * it has come already and something else is sent now.
 */

/** How long a key is kept, in milliseconds: who does the same thing later means another one. */
const keptFor = 60 * 60 * 1000;

interface Kept {
  key: string;
  since: number;
}

/** What is under way from this page, by its key: something else at the same time has a key of its own. */
const underWay = new Map<string, string>();

/** An action that is sent: under which key, and what to do once it has an answer, or has none (then its key is kept). */
export interface Attempt {
  key: string;
  end: (isAnswered: boolean) => void;
}

/** Begins an action: the name of its mutation, and what it is sent with. */
export function begin(mutation: string, variables: AnyVariables): Attempt {
  const place = placeOf(mutation, variables);
  const sent = stringifyVariables(variables);
  const kept = read(place);
  const isFree = kept !== null && (underWay.get(kept.key) ?? sent) === sent;
  const key = isFree ? kept.key : crypto.randomUUID();
  if (!kept) sessionStorage.setItem(place, JSON.stringify({ key, since: Date.now() } satisfies Kept));
  underWay.set(key, sent);
  return {
    key,
    end: (isAnswered) => {
      underWay.delete(key);
      if (isAnswered && read(place)?.key === key) sessionStorage.removeItem(place);
    },
  };
}

function read(place: string): Kept | null {
  const text = sessionStorage.getItem(place);
  const kept = text === null ? null : (JSON.parse(text) as Kept); // Only `begin` writes it.
  return kept && Date.now() - kept.since < keptFor ? kept : null;
}

/**
 * An action by its mutation, its page, and what it is about: the ids it names and which fields it sets, not what they are
 * set to. Kept beside the drafts: signing out forgets it too.
 */
function placeOf(mutation: string, variables: AnyVariables): string {
  const { input = variables } = (variables ?? {}) as { input?: object };
  const about = Object.entries(input ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (name.endsWith('Id') ? `${name}=${value}` : name));
  return `billing-draft:attempt:${mutation} ${location.pathname}${location.search} ${about.join(' ')}`;
}
