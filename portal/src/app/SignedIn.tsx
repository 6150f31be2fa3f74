import '@mantine/notifications/styles.css';
import { MantineThemeProvider, Notification } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RouterProvider } from 'react-router';
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
      <Notices />
      <RouterProvider router={router} />
    </MeContext>
  );
}

/** What pops up to say that something is done; it can be closed by a button with a name. */
function Notices() {
  const { t } = useTranslation();
  const theme = useMemo(() => {
    const closeButtonProps = { 'aria-label': t('action.close') };
    return { components: { Notification: Notification.extend({ defaultProps: { closeButtonProps } }) } };
  }, [t]);
  return (
    <MantineThemeProvider theme={theme}>
      <Notifications position="bottom-right" />
    </MantineThemeProvider>
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
