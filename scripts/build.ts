/**
 * Builds `dist`: the product and what it depends on in few files. A server made of 1,400 files spends half of its start with finding
 * and reading them.
 *
 * `dist/main.js` is the program, `dist/parts` what it loads, with source maps (`node --enable-source-maps`), `dist/compiled` what V8
 * made of them, `dist/LICENSES.txt` the licences of what is in there. `node scripts/build.ts [folder]`; beside the folder there must be a `package.json`, whose version is that of the program.
 */
import { glob, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { schemaTree } from '../src/config/schema-tree.ts';
import { recordCompiled } from './compiled.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Threads are started by file: `new URL(`./name${extname(import.meta.url)}`, import.meta.url)`, from the folder `parts` here. */
const STARTED_FILE = /new URL\(`\.\/([\w-]+)\$\{extname\(import\.meta\.url\)\}`, import\.meta\.url\)/g;

/** Replaces what is in the folder. */
export async function buildProduct(folder: string): Promise<void> {
  const bundle = await rolldown({
    cwd: ROOT,
    input: { main: join(ROOT, 'src/main.ts'), ...(await startedFiles()) },
    platform: 'node',
    plugins: [precomputed(), withoutPushgateway()],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await rm(folder, { recursive: true, force: true });
  const { output } = await bundle.write({ dir: join(folder, 'parts'), sourcemap: true, comments: false });
  await bundle.close();
  await writeFile(join(folder, 'main.js'), "#!/usr/bin/env node\nimport './parts/main.js';\n");
  const chunks = output.filter((file) => file.type === 'chunk');
  await Promise.all(chunks.map(({ fileName }) => rewrite(join(folder, 'parts', fileName))));
  await writeFile(join(folder, 'LICENSES.txt'), await licenses(packagesOf(chunks)));
  await recordCompiled(folder);
}

/** Entries of threads by their name. */
async function startedFiles(): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for await (const file of glob('src/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts'] })) {
    const path = join(ROOT, file);
    for (const [, name] of (await readFile(path, 'utf8')).matchAll(STARTED_FILE)) {
      const started = join(path, '..', `${name}.ts`);
      if (entries[name!] !== undefined) throw new Error(`two files that are started are named ${name}`);
      entries[name!] = started;
    }
  }
  return entries;
}

/** The schema of the configuration as JSON: to derive it from that of zod takes longer than to read a configuration. */
function precomputed(): Plugin {
  const derived = /z\.toJSONSchema\([^)]*\) as SchemaNode/;
  return {
    name: 'precomputed',
    transform: {
      filter: { id: /\/src\/config\/schema-tree\.ts$/ },
      handler: (code) => {
        if (!derived.test(code)) throw new Error('schema-tree.ts does not derive the schema as it did');
        return {
          code: code.replace(derived, () => `JSON.parse(${JSON.stringify(JSON.stringify(schemaTree))})`),
          map: null,
        };
      },
    },
  };
}

/** A part of prom-client that loads `node:https`, and that nobody asks for. */
function withoutPushgateway(): Plugin {
  return {
    name: 'without-pushgateway',
    load: {
      filter: { id: /\/prom-client\/lib\/pushgateway\.js$/ },
      handler: () => 'module.exports = undefined;',
    },
  };
}

/** What is faster to start. Lines stay where they are, so that source maps hold. */
async function rewrite(file: string): Promise<void> {
  await writeFile(file, escapeNonAscii(withoutFacades(await readFile(file, 'utf8'))));
}

/**
 * An import of a module of Node reads all of its exports, also those that are loaded when they are first read: with `node:http` comes
 * undici (35 ms), with `node:tls` the texts of all root certificates. What is taken out of the module itself costs what it is.
 */
function withoutFacades(code: string): string {
  return code.replace(
    /^import (?:\{([^}]*)\}|(?:\* as )?(\w+)(?:, \{([^}]*)\})?) from "(node:[\w/]+)";$/gm,
    (_, only: string | undefined, whole: string | undefined, more: string | undefined, name: string) => {
      const module = `globalThis.process.getBuiltinModule("${name}")`;
      const late = `new Proxy({}, { get: (_, name) => ${module}[name] })`;
      const parts = whole === undefined ? [] : [`${whole} = ${LATE.has(name) ? late : module}`];
      for (const [exported, local] of namesOf(only ?? more))
        parts.push(
          LATE.has(name) && isFunction(name, exported)
            ? `${local} = (...args) => ${module}.${exported}(...args)`
            : `{ ${exported}: ${local} } = ${module}`,
        );
      return `const ${parts.join(', ')};`;
    },
  );
}

/** Modules that a server may never use, or not until it listens, and that take up to 10 ms: their functions load them when they are called. */
const LATE: ReadonlySet<string> = new Set(['node:child_process', 'node:http', 'node:https', 'node:tls']);

/** `a, b as c` → a a, b c */
function namesOf(list: string | undefined): readonly (readonly [string, string])[] {
  const names = (list ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return names.map((each) => {
    const [exported = '', local = exported] = each.split(' as ');
    return [exported, local];
  });
}

/** Not a class, which is asked for otherwise too. */
function isFunction(module: string, exported: string): boolean {
  const value = (process.getBuiltinModule(module) as Readonly<Record<string, unknown>>)[exported];
  return typeof value === 'function' && /^[a-z]/.test(exported);
}

/** Node keeps a source with any other character in two bytes for each, all of it, for as long as it runs. */
function escapeNonAscii(code: string): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return code.replace(/[\u0080-\uffff]/g, escaped);
}

/** Folders of the packages that a part comes from. */
function packagesOf(chunks: readonly OutputChunk[]): readonly string[] {
  const folders = chunks.flatMap(({ moduleIds }) =>
    moduleIds.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]),
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

async function licenses(packages: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const folder of packages) {
    const { name, version, license } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    ) as Record<string, string>;
    const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|notice)/i.test(file));
    const parts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    texts.push([`${name} ${version} (${license})`, ...parts.map((part) => part.trim())].join('\n\n'));
  }
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

if (import.meta.main) await buildProduct(process.argv[2] ?? join(ROOT, 'dist'));
