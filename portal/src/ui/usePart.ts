import { useEffect, useState } from 'react';
import { whenIdle } from './whenIdle';

/**
 * A part of the program that the page can stand without: it is fetched once the browser has nothing else to do, and given
 * once it is wanted; or why it is not there.
 */
export function usePart<Part>(
  load: () => Promise<Part>,
  isWanted: boolean,
): { part: Part | undefined; failure: Failed | undefined } {
  const [part, setPart] = useState<Part>();
  const [failure, setFailure] = useState<Failed>();
  // That it does not come beforehand concerns nobody; some browsers then refuse it later too, hence not without a network.
  useEffect(() => whenIdle(() => void (navigator.onLine && load().catch(() => undefined)), 1000), [load]);
  useEffect(() => {
    if (!isWanted) return;
    let isGone = false;
    load().then(
      (loaded) => isGone || setPart(() => loaded),
      (cause: unknown) => isGone || setFailure({ cause }),
    );
    return () => {
      isGone = true;
    };
  }, [load, isWanted]);
  return { part, failure };
}

interface Failed {
  cause: unknown;
}

/** The same; where it is wanted and cannot be fetched, the page says so and offers to be loaded again. */
export function useNeededPart<Part>(load: () => Promise<Part>, isWanted: boolean): Part | undefined {
  const { part, failure } = usePart(load, isWanted);
  if (failure) throw failure.cause;
  return part;
}
