import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { setNonce } from 'get-nonce';
import { Suspense, useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-router';
import { Provider } from 'urql';
import { client } from '../api/client';
import { customerLookedAt } from '../api/viewAs';
import type { ViewerQuery } from '../api/viewer.generated';
import { nonce } from './boot';
import { routerFor } from './routes';
import { SignIn } from './SignIn';
import { theme, variables } from './theme';
import { type Me, MeContext } from './viewer';

// Dialogs keep the page behind them from scrolling by a style element.
setNonce(nonce);

/** Everything: the sign-in, or the pages of who is signed in. */
export function App({ known }: { known: ViewerQuery | undefined }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Provider value={client}>
        <Notifications position="bottom-right" />
        <Suspense fallback={null}>
          {/* A fresh page after signing in: nothing of who was here before is left in it. */}
          {known?.viewer ? <SignedIn known={known} /> : <SignIn onDone={() => location.reload()} />}
        </Suspense>
      </Provider>
    </MantineProvider>
  );
}

function SignedIn({ known }: { known: ViewerQuery }) {
  const me = useMemo(() => meOf(known), [known]);
  const [router] = useState(() => routerFor(me?.role === 'CUSTOMER_CONTACT' ? 'client' : 'staff'));
  useEffect(() => () => router.dispose(), [router]);
  return (
    <MeContext value={me}>
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
