import { MantineProvider } from '@mantine/core';
import { setNonce } from 'get-nonce';
import { lazy, Suspense } from 'react';
import { Provider } from 'urql';
import { client } from '../api/client';
import type { ViewerQuery } from '../api/viewer.generated';
import { nonce } from './boot';
import { theme, variables } from './theme';

// Dialogs keep the page behind them from scrolling by a style element.
setNonce(nonce);

// Who signs in does not wait for the pages, and who is signed in not for the sign-in.
export const loadSignIn = () => import('./SignIn');
const SignIn = lazy(() => loadSignIn().then((module) => ({ default: module.SignIn })));
export const loadSignedIn = () => import('./SignedIn');
const SignedIn = lazy(() => loadSignedIn().then((module) => ({ default: module.SignedIn })));

const Unreachable = lazy(() => import('./Unreachable').then((module) => ({ default: module.Unreachable })));

/** Everything: the sign-in, or the pages of who is signed in. */
export function App({ known, isUnreachable }: { known: ViewerQuery | undefined; isUnreachable: boolean }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Provider value={client}>
        <Suspense fallback={null}>
          {/* A fresh page after signing in: nothing of who was here before is left in it. */}
          {isUnreachable ? (
            <Unreachable />
          ) : known?.viewer ? (
            <SignedIn known={known} />
          ) : (
            <SignIn onDone={() => location.reload()} />
          )}
        </Suspense>
      </Provider>
    </MantineProvider>
  );
}
