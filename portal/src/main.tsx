import '@mantine/core/styles.css';
import '@fontsource-variable/inter/index.css';
import './app/app.css';
import { createRoot } from 'react-dom/client';
import { client } from './api/client';
import { ViewerDocument } from './api/viewer.generated';
import { App } from './app/App';
import { speakUnlessChosen, startTranslating } from './app/i18n';

/** The words and the question who is signed in go out together: the first page waits for both. */
async function start() {
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no root');
  const [answer] = await Promise.all([client.query(ViewerDocument, {}).toPromise(), startTranslating()]);
  await speakUnlessChosen(null);
  createRoot(root).render(<App known={answer.data} />);
}

void start();
