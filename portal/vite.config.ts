import { mkdirSync, writeFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

/** The gateway that the development server hands the API to. */
const gateway = process.env.GATEWAY ?? 'http://localhost:8080';

/**
 * Writes two first pages: `index.html` names beforehand what the sign-in needs, `signed-in.html` what the pages behind it
 * need, so that the browser fetches it all at once instead of finding one file in the other. The server chooses.
 */
function firstPages(): Plugin {
  return {
    name: 'first-pages',
    enforce: 'post',
    writeBundle({ dir }, bundle) {
      const index = bundle['index.html'];
      if (!dir || index?.type !== 'asset') throw new Error('there is no index.html');
      const html = String(index.source);
      mkdirSync(dir, { recursive: true });
      for (const [file, first] of [
        ['index.html', 'SignIn'],
        ['signed-in.html', 'SignedIn'],
      ] as const) {
        const files = [...needed(bundle, ['start', first])];
        const scripts = files.filter((name) => name.endsWith('.js'));
        const styles = files.filter((name) => name.endsWith('.css'));
        const page = html
          .replace(
            '</head>',
            `${scripts.map((name) => `<link rel="modulepreload" crossorigin href="/${name}">`).join('')}</head>`,
          )
          // Behind the splash, which need not wait for them, and before what Mantine writes into the page.
          .replace(
            '<div id="root">',
            `${styles.map((name) => `<link rel="stylesheet" crossorigin href="/${name}">`).join('')}<div id="root">`,
          );
        writeFileSync(`${dir}/${file}`, page);
      }
    },
  };
}

/** The files that chunks of these names are made of: the chunks, what they import, and their styles. */
function needed(bundle: Rolldown.OutputBundle, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const add = (file: string) => {
    const chunk = bundle[file];
    if (chunk?.type !== 'chunk' || found.has(file) || chunk.isEntry) return;
    found.add(file);
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
    chunk.imports.forEach(add);
  };
  for (const name of names) {
    const chunk = Object.values(bundle).find((one) => one.type === 'chunk' && one.isDynamicEntry && one.name === name);
    if (!chunk) throw new Error(`there is no chunk ${name}`);
    add(chunk.fileName);
  }
  return found;
}

export default defineConfig({
  plugins: [react(), firstPages()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // The Content-Security-Policy knows no inline scripts; small assets are cached on their own.
    modulePreload: { polyfill: false },
    sourcemap: false,
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
