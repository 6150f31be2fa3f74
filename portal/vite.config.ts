import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstPages } from './firstPages.ts';

/** The gateway that the development server hands the API to. */
const gateway = process.env.GATEWAY ?? 'http://localhost:8080';

/**
 * What the first page needs comes in few files, for each file costs a way to the server and back: what everything stands
 * on, its look, and what the sign-in and the pages behind it are made of. All else stays split by page.
 */
const together = [
  { name: 'first', priority: 4, test: /preload-helper|src\/app\/(boot|words)\./ },
  {
    name: 'framework',
    priority: 3,
    test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next(?!\/dist\/es\/Trans)|urql|@urql|wonka|@0no-co|use-sync-external-store)\/|rolldown.runtime/,
  },
  {
    name: 'look',
    priority: 2,
    test: /@mantine\/core\/esm\/(core|components\/(Button|UnstyledButton|Loader|Transition|Text|Title|Stack|Group|Paper|Anchor|Alert|CloseButton|List))\/|lucide-react\/dist\/esm\/(shared|createLucideIcon|icons\/(receipt-text|triangle-exclamation-point))|use-merged-ref|use-uncontrolled/,
  },
  {
    name: 'start',
    priority: 2,
    test: /src\/(api\/(answered|attempts|client|live|pause|session|useAction|viewAs|viewer\.generated)|app\/(App|BrandMark|i18n|theme)|ui\/whenIdle)\./,
  },
  {
    name: 'form',
    priority: 1,
    test: /@mantine\/(form\/|core\/esm\/components\/(Input|InputBase|TextInput|PasswordInput|ActionIcon)\/)|src\/ui\/Problems\./,
  },
  { name: 'icons', priority: 1, test: /lucide-react\/dist\/esm\/icons\//, minShareCount: 3 },
  {
    name: 'page',
    priority: 1,
    test: /node_modules\/react-router\/|src\/(ui\/(Page|Loaded|Facts|format|Table|State|History|DocumentSheet|Sheet|Party|Empty|Notice|MoreMenu|onDemand|document\.generated)|api\/useData)\./,
  },
];

export default defineConfig({
  plugins: [react(), firstPages()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // The Content-Security-Policy knows no inline scripts; small assets are cached on their own.
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: { output: { codeSplitting: { groups: together } } },
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/sandbox', '/branding'].map((path) => [
        path,
        { target: gateway, ws: path === '/graphql', changeOrigin: true, headers: { origin: gateway } },
      ]),
    ),
  },
});
