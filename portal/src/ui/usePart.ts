import { useEffect, useState } from 'react';
import { whenIdle } from './whenIdle';

/**
 * A part of the program that the page can stand without: it is fetched once the browser has nothing else to do, and given
 * once it is wanted. Where it cannot be fetched then, the page says so.
 */
export function usePart<Part>(load: () => Promise<Part>, isWanted: boolean): Part | undefined {
  const [part, setPart] = useState<Part>();
  const [failure, setFailure] = useState<{ cause: unknown }>();
  // What cannot be fetched beforehand is asked for again when it is wanted.
  useEffect(() => whenIdle(() => void load().catch(() => undefined), 1000), [load]);
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
  if (failure) throw failure.cause;
  return part;
}
