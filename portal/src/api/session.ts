/** Whether the sign-in has ended while a page is open. The page stays as it is; the shell asks for the password again. */
let ended = false;
const listeners = new Set<() => void>();
let waiting: (() => void)[] = [];

/** The server no longer knows the session. */
export function sessionEnded(): void {
  set(true);
}

/** The person has signed in again: what waited goes on. */
export function sessionRenewed(): void {
  set(false);
  for (const go of waiting) go();
  waiting = [];
}

/** Resolves once the person has signed in again. */
export function untilRenewed(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve));
}

export const subscribeToSession = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const hasSessionEnded = () => ended;

function set(value: boolean) {
  ended = value;
  for (const listener of listeners) listener();
}
