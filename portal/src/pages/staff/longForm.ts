import type { KeyboardEvent } from 'react';

/** For a long form: Enter in a field does not send it, only its buttons do. */
export function onlyButtonsSend(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key === 'Enter' && event.target instanceof HTMLInputElement) event.preventDefault();
}
