import '@mantine/notifications/styles.css';
import { Notifications } from '@mantine/notifications';
import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router';
import { customerLookedAt } from '../api/viewAs';
import type { ViewerQuery } from '../api/viewer.generated';
import { routerFor } from './routes';
import { type Me, MeContext } from './viewer';

/** The pages of who is signed in. */
export function SignedIn({ known }: { known: ViewerQuery }) {
  const me = useMemo(() => meOf(known), [known]);
  const [router] = useState(() => routerFor(me?.role === 'CUSTOMER_CONTACT' ? 'client' : 'staff'));
  useEffect(() => () => router.dispose(), [router]);
  return (
    <MeContext value={me}>
      <Notifications position="bottom-right" />
      <RouterProvider router={router} />
    </MeContext>
  );
}

function meOf({ viewer, organisation }: ViewerQuery): Me | null {
  if (!viewer) return null;
  const viewingAs = customerLookedAt() !== null;
  return {
    ...viewer,
    organisation,
    portal: organisation?.portal ?? null,
    viewingAs,
    mayAct: !viewingAs && viewer.role !== 'ACCOUNTANT',
  };
}
