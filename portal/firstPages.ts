import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { formatDocument } from '@urql/core';
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { Plugin, Rolldown } from 'vite';

type Bundle = Rolldown.OutputBundle;

/**
 * Writes what the server makes the first page of, so that the browser fetches it all at once instead of finding one file
 * in the other: `index.html` names what the sign-in needs, `signed-in.html` what every page behind it needs, and
 * `pages.json` what each page needs besides, its texts, and the queries that the server answers with the page.
 */
export function firstPages(): Plugin {
  return {
    name: 'first-pages',
    enforce: 'post',
    writeBundle({ dir }, bundle) {
      const index = bundle['index.html'];
      if (!dir || index?.type !== 'asset') throw new Error('there is no index.html');
      const html = String(index.source);
      mkdirSync(dir, { recursive: true });
      const signedIn = needed(bundle, entries(bundle, ['start', 'SignedIn']));
      writeFileSync(`${dir}/index.html`, page(html, needed(bundle, entries(bundle, ['start', 'SignIn'])), ''));
      writeFileSync(`${dir}/signed-in.html`, page(html, signedIn, '__LINKS__'));
      const wordsOf = wordsBy((id) => this.getModuleInfo(id));
      writeFileSync(`${dir}/pages.json`, JSON.stringify(pages(bundle, signedIn, wordsOf)));
    },
  };
}

/** The page with links to its files, and the place for further ones. */
function page(html: string, files: ReadonlySet<string>, place: string): string {
  const styles = [...files].filter((name) => name.endsWith('.css'));
  return (
    html
      .replace('</head>', `${preloads([...files].filter((name) => name.endsWith('.js')))}${place}</head>`)
      // Behind the splash, which need not wait for them, and before what Mantine writes into the page.
      .replace(
        '<div id="root">',
        `${styles.map((name) => `<link rel="stylesheet" crossorigin href="/${name}">`).join('')}<div id="root">`,
      )
  );
}

const preloads = (files: readonly string[]) =>
  files
    .map((name) =>
      name.endsWith('.js')
        ? `<link rel="modulepreload" crossorigin href="/${name}">`
        : `<link rel="preload" as="style" crossorigin href="/${name}">`,
    )
    .join('');

/** The files that are loaded with chunks: the chunks, what they import, and their styles. */
function needed(bundle: Bundle, chunks: readonly Rolldown.OutputChunk[]): Set<string> {
  const found = new Set<string>();
  const add = (file: string) => {
    const chunk = bundle[file];
    if (chunk?.type !== 'chunk' || found.has(file) || chunk.isEntry) return;
    found.add(file);
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
    chunk.imports.forEach(add);
  };
  for (const chunk of chunks) add(chunk.fileName);
  return found;
}

function entries(bundle: Bundle, names: readonly string[]): Rolldown.OutputChunk[] {
  return names.map((name) =>
    chunkWhere(bundle, name, (chunk) => chunk.isDynamicEntry && !!chunk.facadeModuleId?.endsWith(`/app/${name}.tsx`)),
  );
}

function chunkWhere(bundle: Bundle, name: string, is: (chunk: Rolldown.OutputChunk) => boolean): Rolldown.OutputChunk {
  const found = Object.values(bundle).find((one): one is Rolldown.OutputChunk => one.type === 'chunk' && is(one));
  if (!found) throw new Error(`there is no chunk of ${name}`);
  return found;
}

type Side = 'client' | 'staff';

/** What pages ask first: a query by name; or a list's, with what it asks where its address neither filters nor sorts. */
type Beginning = string | { query: string; unfiltered: Record<string, unknown> };
type Beginnings = Record<Side, Record<string, Beginning[]>>;

/** What `pages.json` says, which the server reads (`gateway/src/http/beforehand.rs`). */
function pages(bundle: Bundle, known: ReadonlySet<string>, wordsOf: (module: string) => ReadonlySet<string>) {
  const beginnings = JSON.parse(readFileSync('src/app/beginnings.json', 'utf8')) as Beginnings;
  const query = queries();
  const missing: string[] = [];
  const side = (side: Side) => {
    const routes = routesOf(side);
    const unknown = Object.keys(beginnings[side]).filter((path) => !routes.some((route) => route.path === path));
    if (unknown.length > 0) throw new Error(`beginnings.json: there is no page ${unknown.join(', ')} of ${side}`);
    return routes.map(({ path, words, module }) => {
      const chunk = chunkWhere(bundle, module, (one) => !!one.facadeModuleId?.endsWith(`${module}.tsx`));
      const asked = [...wordsOf(chunk.facadeModuleId ?? '')].filter((one) => one !== 'common' && !words.includes(one));
      missing.push(...asked.map((one) => `${side} ${path}: ${one}`));
      const files = [...needed(bundle, [chunk])].filter((file) => !known.has(file));
      const first = ['Viewer', ...(beginnings[side][path] ?? [])].map((one) =>
        typeof one === 'string' ? query(one) : { ...query(one.query), unfiltered: one.unfiltered },
      );
      return { path, head: preloads(files), words: ['common', ...words], queries: first };
    });
  };
  const both = { client: side('client'), staff: side('staff') };
  if (missing.length > 0) throw new Error(`routes.tsx lacks words of pages:\n${missing.join('\n')}`);
  return both;
}

/** The texts that a module and all that it imports, at once or later, ask for. */
function wordsBy(infoOf: (id: string) => Rolldown.ModuleInfo | null) {
  return (module: string) => {
    const modules = new Set([module]);
    const found = new Set<string>();
    // What a set is given while it is walked through is walked through too.
    for (const id of modules) {
      const info = infoOf(id);
      if (!info || id.includes('node_modules')) continue;
      for (const next of [...info.importedIds, ...info.dynamicallyImportedIds]) modules.add(next);
      for (const [, names = ''] of (info.code ?? '').matchAll(/useTranslation\(([^)]*)\)/g)) {
        for (const [, name = ''] of names.matchAll(/["'`](\w+)["'`]/g)) found.add(name);
      }
    }
    return found;
  };
}

/** The pages of a side as `routes.tsx` lists them. */
function routesOf(side: Side) {
  const source = readFileSync('src/app/routes.tsx', 'utf8');
  const [, list = ''] = source.split(`const ${side}Pages: RouteObject[] = [`);
  const routes = (list.split('\n];')[0] ?? '').matchAll(
    /page\(\s*'([^']+)',\s*\[([^\]]*)\],\s*\(\) => import\('\.\.(\/[^']+)'\),?\s*\)/g,
  );
  const found = [...routes].map(([, path = '', words = '', module = '']) => ({
    path,
    words: [...words.matchAll(/'([^']+)'/g)].map(([, name = '']) => name),
    module,
  }));
  if (found.length === 0) throw new Error(`routes.tsx lists no pages of ${side}`);
  return found;
}

/** Queries by name, with the fragments they use, as `pages.json` has them. */
function queries() {
  const definitions = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .flatMap((file) => parse(readFileSync(`src/${file}`, 'utf8')).definitions);
  const fragments = new Map(
    definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((one) => [one.name.value, one]),
  );
  return (name: string) => {
    const operation = definitions.find(
      (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION && one.name?.value === name,
    );
    if (operation?.operation !== 'query') throw new Error(`beginnings.json: there is no query ${name}`);
    const used = new Set<OperationDefinitionNode | FragmentDefinitionNode>([operation]);
    // What a set is given while it is walked through is walked through too.
    for (const definition of used) {
      visit(definition, {
        FragmentSpread({ name: { value } }) {
          const fragment = fragments.get(value);
          if (!fragment) throw new Error(`there is no fragment ${value}`);
          used.add(fragment);
        },
      });
    }
    return {
      name,
      // With the types, as urql asks: by them it knows which answers a mutation has made old.
      text: stripIgnoredCharacters(print(formatDocument({ kind: Kind.DOCUMENT, definitions: [...used] }))),
      variables: (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value),
    };
  };
}
