import { useRef } from 'react';
import type { Outcome } from '../api/useAction';

/**
 * The version that a person saw when a dialog was opened: the page behind it goes on by itself, and what somebody else
 * does meanwhile must not slip by. Who has been told of a conflict has seen what is there now.
 */
export function useSeenVersion(version: number, opened: boolean) {
  const latest = useRef(version);
  const seen = useRef<number | null>(null);
  latest.current = version;
  if (!opened) seen.current = null;
  else if (seen.current === null) seen.current = version;
  const wasTold = useRef(false);
  if (!opened) wasTold.current = false;
  return {
    /** What goes into `expectedVersion`. */
    expected: (): number => (wasTold.current ? latest.current : (seen.current ?? latest.current)),
    /** Takes note of what came of it. */
    learn: (outcome: Outcome<unknown> | null): void => {
      if (outcome?.kind === 'failed' && outcome.failure.kind === 'conflict') wasTold.current = true;
    },
  };
}
