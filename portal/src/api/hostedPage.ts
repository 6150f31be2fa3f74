/**
 * The payment provider's own page, which takes card and account numbers so that they never come here. People are sent
 * there with what they were about to do kept in the tab, and come back with a token in the address's fragment.
 */

/** Somebody who is back from the provider's page. */
export interface Return<Intention> {
  /** Names this one visit; as the idempotency key of what is done with the token, it is done once even after a reload. */
  key: string;
  /** What the person was about to do. */
  intention: Intention;
  /** What the provider gave for the card or account; null where the person turned back. */
  token: string | null;
}

interface Kept<Intention> {
  intention: Intention;
  token?: string | null;
}

// Beside the drafts: signing out forgets it too.
const place = (state: string) => `billing-draft:hosted-page:${state}`;

/**
 * Goes to the provider's page, to pay an amount or, without one, to name a card or account. `returnTo` is the path to come
 * back to, where `returned` gives the intention back.
 */
export function goToHostedPage<Intention>(visit: {
  merchant: string;
  returnTo: string;
  intention: Intention;
  amount?: { readonly amount: string; readonly currency: string };
  /** The provider's page (`organisation.paymentPage`). */
  page: string;
}): void {
  const state = setOut(visit.intention);
  const page = new URL(visit.page, location.origin);
  const asked = { merchant: visit.merchant, return_to: visit.returnTo, state };
  for (const [name, value] of Object.entries(asked)) page.searchParams.set(name, value);
  if (visit.amount) {
    page.searchParams.set('amount', visit.amount.amount);
    page.searchParams.set('currency', visit.amount.currency);
  }
  location.assign(page);
}

/**
 * Keeps an intention that needs nothing of the provider's page, such as to pay with what is stored, to be carried out
 * once at an address with `#state=KEY`, whatever happens on the way.
 */
export function setOut<Intention>(intention: Intention): string {
  const state = crypto.randomUUID();
  keep<Intention>(state, { intention });
  return state;
}

/**
 * Who comes back with the address as it stands; null for an address that belongs to no visit of this tab, or to one that
 * is dealt with. The token is taken out of the address, and kept until `dealtWith`: a reload finds it again.
 */
export function returned<Intention>(): Return<Intention> | null {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const state = fragment.get('state');
  const text = state && sessionStorage.getItem(place(state));
  if (!state || !text) {
    if (fragment.size > 0) history.replaceState(history.state, '', `${location.pathname}${location.search}`);
    return null;
  }
  // Only `keep` writes it, and only the page that set out reads it.
  const kept = JSON.parse(text) as Kept<Intention>;
  if (fragment.has('token') || fragment.has('cancelled')) {
    // Who goes back and chooses anew before the first choice is dealt with, has chosen already.
    if (kept.token === undefined || kept.token === null) kept.token = fragment.get('token');
    keep(state, kept);
    history.replaceState(history.state, '', `${location.pathname}${location.search}#state=${state}`);
  }
  return { key: state, intention: kept.intention, token: kept.token ?? null };
}

/** Forgets a visit once what came of it is known. */
export function dealtWith(key: string): void {
  sessionStorage.removeItem(place(key));
}

function keep<Intention>(state: string, kept: Kept<Intention>): void {
  sessionStorage.setItem(place(state), JSON.stringify(kept));
}
