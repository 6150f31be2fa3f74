import { MantineProvider } from '@mantine/core';
import { setNonce } from 'get-nonce';
import { type ReactNode, Suspense } from 'react';
import { Provider } from 'urql';
import { client } from '../api/client';
import { nonce } from './boot';
import { theme, variables } from './theme';

// Dialogs keep the page behind them from scrolling by a style element.
setNonce(nonce);

/** What everything stands in: the sign-in, or the pages of who is signed in. */
export function App({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Provider value={client}>
        <Suspense fallback={null}>{children}</Suspense>
      </Provider>
    </MantineProvider>
  );
}
