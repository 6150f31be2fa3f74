import { useNotifications } from '@mantine/notifications';
import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router';
import type { ViewerQuery } from '../api/viewer.generated';
import { usePart } from '../ui/usePart';
import { routerFor } from './routes';
import { type Me, MeContext } from './viewer';

const loadNotices = () => import('./Notices').then((module) => module.Notices);

/** The pages of who is signed in. */
export function SignedIn({ known }: { known: ViewerQuery }) {
  const me = useMemo(() => meOf(known), [known]);
  const [router] = useState(() => routerFor(me?.role === 'CUSTOMER_CONTACT' ? 'client' : 'staff'));
  useEffect(() => () => router.dispose(), [router]);
  const hasNotices = useNotifications().notifications.length > 0;
  const Notices = usePart(loadNotices, hasNotices);
  return (
    <MeContext value={me}>
      {Notices && <Notices />}
      <RouterProvider router={router} />
    </MeContext>
  );
}

function meOf({ viewer, organisation }: ViewerQuery): Me | null {
  if (!viewer) return null;
  return {
    ...viewer,
    organisation,
    portal: organisation?.portal ?? null,
    mayAct: !viewer.viewingAs && viewer.role !== 'ACCOUNTANT',
  };
}
