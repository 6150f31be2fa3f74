import { askAlways } from './answered';
import { client } from './client';
import { DocumentChangedDocument, type DocumentChangedSubscription } from './live.generated';

export type Change = DocumentChangedSubscription['documentChanged'];

const listeners = new Set<() => void>();
const watchers = new Set<(change: Change) => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Calls back a moment after something changed at the server, once for several changes that come together. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls back at every single change, such as an estimate that is offered anew while it is open. */
export function onEachChange(watcher: (change: Change) => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Everything open asks the server again. */
export function refreshNow(): void {
  clearTimeout(timer);
  for (const listener of listeners) listener();
}

/** Everything open asks the server again, after a moment in which more may change. */
export function refreshAll(): void {
  clearTimeout(timer);
  timer = setTimeout(refreshNow, 120);
}

/** Follows what changes at the server, until called off. */
export function follow(): () => void {
  askAlways();
  const subscription = client.subscription(DocumentChangedDocument, {}).subscribe(({ data }) => {
    if (!data) return;
    for (const watcher of watchers) watcher(data.documentChanged);
    refreshAll();
  });
  // What happened while the line was down, or the tab asleep, has not been told.
  const awake = () => document.visibilityState === 'visible' && refreshAll();
  document.addEventListener('visibilitychange', awake);
  window.addEventListener('online', refreshAll);
  return () => {
    subscription.unsubscribe();
    document.removeEventListener('visibilitychange', awake);
    window.removeEventListener('online', refreshAll);
  };
}
