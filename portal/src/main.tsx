import { boot } from './app/boot';
import { preferredLanguage, words } from './app/words';

// Everything of weight, styles too, is behind this import: until it is there the browser shows the bare first page.
void import('./app/start').then(({ start }) => start());

// The page's texts come along with its program, not after it. Where one does not come, the page asks again and says so.
for (const name of boot.signedIn ? boot.words : ['common', 'signin']) {
  words(preferredLanguage(), name).catch(() => undefined);
}
