import { createContext, useContext } from 'react';
import type { ViewerQuery } from '../api/viewer.generated';

type Answered = NonNullable<ViewerQuery['viewer']>;

export interface Me extends Answered {
  organisation: ViewerQuery['organisation'];
  /** What the organisation lets its customers do. Its own people are not concerned; those who only read may do nothing. */
  portal: NonNullable<ViewerQuery['organisation']>['portal'] | null;
  /** Whether queued mail leaves the house; until then it waits, and pages say so. */
  isMailDelivered: boolean;
  /** Whether the person may change anything: staff and owner in the staff pages, contacts in the client pages. */
  mayAct: boolean;
  /** Greeting and menu call the person so from here on. */
  rename: (name: string) => void;
}

export const MeContext = createContext<Me | null>(null);

/** Who is signed in. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('no page is shown before somebody is signed in');
  return me;
}
