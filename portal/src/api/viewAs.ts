const key = 'billing-view-as';

/** The customer whose portal one of the organisation's people looks at, in this tab; null for one's own pages. */
export function customerLookedAt(): string | null {
  return sessionStorage.getItem(key);
}

/** Opens the portal as a customer sees it. */
export function lookAs(customerId: string): void {
  sessionStorage.setItem(key, customerId);
  location.assign('/');
}

/** Forgets the customer that was looked at: with another person at the browser it would be refused. */
export function lookAtNobody(): void {
  sessionStorage.removeItem(key);
}

/** Back to one's own pages. */
export function lookAsOneself(path: string): void {
  lookAtNobody();
  location.assign(path);
}
