/**
 * The idempotency keys of actions whose outcome is not known. What is sent again from the same page, after a lost answer
 * and also after a reload, goes under the same key: the server does it once, and says so where it has come already and
 * something else is sent now.
 */

/** Keys of what is under way on this page: something else at the same time has a key of its own. */
const underWay = new Set<string>();

/** The key to do an action under. */
export function begin(action: string): string {
  const kept = sessionStorage.getItem(placeOf(action));
  const key = kept && !underWay.has(kept) ? kept : crypto.randomUUID();
  if (!kept) sessionStorage.setItem(placeOf(action), key);
  underWay.add(key);
  return key;
}

/** An action has an answer, or none: then its key is kept. */
export function end(action: string, key: string, isAnswered: boolean): void {
  underWay.delete(key);
  if (isAnswered && sessionStorage.getItem(placeOf(action)) === key) sessionStorage.removeItem(placeOf(action));
}

// Beside the drafts: signing out forgets it too.
const placeOf = (action: string) => `billing-draft:attempt:${action}`;
