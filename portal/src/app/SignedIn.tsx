import { useNotifications } from '@mantine/notifications';
import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router';
import type { ViewerQuery } from '../api/viewer.generated';
import { usePart } from '../ui/usePart';
import { routerFor } from './routes';
import classes from './Shell.module.css';
import { type Me, MeContext } from './viewer';

const loadNotices = () => import('./Notices').then((module) => module.Notices);

/** The pages of who is signed in. */
export function SignedIn({ known }: { known: ViewerQuery }) {
  const [newName, rename] = useState<string | null>(null);
  const me = useMemo(() => meOf(known, newName, rename), [known, newName]);
  const [router] = useState(() => routerFor(me?.role === 'CUSTOMER_CONTACT' ? 'client' : 'staff'));
  useEffect(() => () => router.dispose(), [router]);
  const said = useNotifications().notifications;
  const { part: Notices, failure } = usePart(loadNotices, said.length > 0);
  return (
    <MeContext value={me}>
      {Notices && <Notices />}
      {/* Without its program what was done is still said. */}
      {failure && <output className={classes.plainNotice}>{said.at(-1)?.message}</output>}
      <RouterProvider router={router} />
    </MeContext>
  );
}

/** What customers may do; nothing is paid, and no card is saved, where there is no payment provider. */
function allowed({ portal, onlinePayments }: NonNullable<ViewerQuery['organisation']>): Me['portal'] {
  if (onlinePayments !== 'ABSENT') return portal;
  return { ...portal, pay: false, partPay: false, updatePaymentMethod: false };
}

function meOf(
  { viewer, organisation }: ViewerQuery,
  newName: string | null,
  rename: (name: string) => void,
): Me | null {
  if (!viewer) return null;
  return {
    ...viewer,
    name: newName ?? viewer.name,
    rename,
    organisation,
    portal: organisation && allowed(organisation),
    isMailDelivered: organisation?.mail.configured === true,
    mayAct: !viewer.viewingAs && viewer.role !== 'ACCOUNTANT',
  };
}
