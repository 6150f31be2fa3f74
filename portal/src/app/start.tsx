import './mantine.css';
import './app.css';
import type { CombinedError } from '@urql/core';
import i18next from 'i18next';
import { type ReactNode, startTransition } from 'react';
import { createRoot } from 'react-dom/client';
import { client, isUnauthenticated } from '../api/client';
import { customerLookedAt, lookAsOneself } from '../api/viewAs';
import { ViewerDocument, type ViewerQuery } from '../api/viewer.generated';
import { App } from './App';
import { boot } from './boot';
import { fetchFont } from './font';
import { speakUnlessChosen, startTranslating } from './i18n';

// Who signs in does not wait for the pages, and who is signed in not for the sign-in.
const loadSignIn = () => import('./SignIn');
const loadSignedIn = () => import('./SignedIn');

/** The words, the pages and the question who is signed in go out together: the first page waits for all of them. */
export async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no root');
  fetchFont();
  const asked = boot.signedIn ? client.query(ViewerDocument, {}).toPromise() : Promise.resolve(nobody);
  const [answer] = await Promise.all([asked, startTranslating(), boot.signedIn ? loadSignedIn() : loadSignIn()]);
  if (answer.error && customerLookedAt()) return lookAsOneself('/');
  const page = await pageFor(answer);
  // As a transition it is drawn in pieces, and nothing that is pressed meanwhile waits for the whole.
  startTransition(() => createRoot(root).render(<App>{page}</App>));
}

interface Answer {
  data?: ViewerQuery;
  error?: CombinedError;
}
const nobody: Answer = {};

/** What is shown first; all of it is loaded: of what React must wait for, it shows nothing for 300 ms. */
async function pageFor({ data, error }: Answer): Promise<ReactNode> {
  if (data?.viewer) {
    if (!data.viewer.viewingAs) await speakUnlessChosen(data.viewer.language);
    const { SignedIn } = await loadSignedIn();
    return <SignedIn known={data} />;
  }
  // Who was signed in once, and is no more, is answered so: that is an answer.
  if (error && !isUnauthenticated(error)) {
    const { Unreachable } = await import('./Unreachable');
    return <Unreachable />;
  }
  const [{ SignIn }] = await Promise.all([loadSignIn(), i18next.loadNamespaces('signin')]);
  // A fresh page after signing in: nothing of who was here before is left in it.
  return <SignIn onDone={() => location.reload()} />;
}
