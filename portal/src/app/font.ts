import latin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import { whenIdle } from '../ui/whenIdle';

const known = 'billing-font';

/**
 * Inter from the second page on: at a first visit its file would come in the way of what the person waits for. It is
 * fetched when the page stands, and is at hand from then on.
 */
export function fetchFont(): void {
  if (localStorage.getItem(known)) void import('./font.css');
  else whenIdle(() => void fetch(latin).then(({ ok }) => ok && localStorage.setItem(known, 'yes'), notNow), 1000);
}

/** The next page tries again. */
const notNow = () => undefined;
