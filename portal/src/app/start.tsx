import './mantine.css';
import '@fontsource-variable/inter/index.css';
import './app.css';
import type { CombinedError } from '@urql/core';
import { createRoot } from 'react-dom/client';
import { client, isUnauthenticated } from '../api/client';
import { customerLookedAt, lookAsOneself } from '../api/viewAs';
import { ViewerDocument, type ViewerQuery } from '../api/viewer.generated';
import { App, loadSignedIn, loadSignIn } from './App';
import { boot } from './boot';
import { speakUnlessChosen, startTranslating } from './i18n';

/** The words, the pages and the question who is signed in go out together: the first page waits for all of them. */
export async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no root');
  const asked = boot.signedIn ? client.query(ViewerDocument, {}).toPromise() : Promise.resolve(nobody);
  const [answer] = await Promise.all([asked, startTranslating(), boot.signedIn ? loadSignedIn() : loadSignIn()]);
  if (answer.error && customerLookedAt()) return lookAsOneself('/');
  if (answer.data?.viewer?.viewingAs === false) await speakUnlessChosen(answer.data.viewer.language);
  // Who was signed in once, and is no more, is answered so: that is an answer.
  const isUnreachable = !!answer.error && !isUnauthenticated(answer.error);
  createRoot(root).render(<App known={answer.data} isUnreachable={isUnreachable} />);
}

const nobody: { data?: ViewerQuery; error?: CombinedError } = {};
