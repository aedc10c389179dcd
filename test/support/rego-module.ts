/** Small policies, compiled by the real OPA for a test. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';

/** A builtin that only a test knows: any arguments, any result. */
interface TestBuiltin {
  readonly name: string;
  readonly arity: number;
}

export interface RegoSources {
  /** Packages; each text is a file. */
  readonly rego: string | readonly string[];
  /** What the files are called, before their number; modules name them when rules conflict. */
  readonly fileName?: string;
  readonly entrypoints: readonly string[];
  readonly builtins?: readonly TestBuiltin[];
}

const built = new Map<string, Promise<Buffer>>();

/** The module's bytes. The same sources are compiled once a process. */
export function buildModule(sources: RegoSources): Promise<Buffer> {
  const key = JSON.stringify(sources);
  let module = built.get(key);
  if (module === undefined) {
    module = build(sources);
    built.set(key, module);
  }
  return module;
}

/** A policy set of one module, ready for an evaluator. `data` is JSON text. */
export async function policySet(
  sources: RegoSources,
  knownBuiltins: ReadonlySet<string> = new Set(sources.builtins?.map(({ name }) => name)),
  data = '{}',
): Promise<PolicySetDescriptor> {
  const module = await compileModule('policy', await buildModule(sources), knownBuiltins);
  return {
    name: 'test',
    modules: [module],
    dataJson: Buffer.from(data),
    entrypoints: sources.entrypoints,
    defaultEntrypoint: sources.entrypoints[0],
    policyDigest: module.digest,
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
}

async function build({
  rego,
  fileName = 'policy',
  entrypoints,
  builtins = [],
}: RegoSources): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-rego-'));
  try {
    const files: string[] = [];
    for (const [index, text] of [rego].flat().entries()) {
      const file = join(folder, `${fileName}${index}.rego`);
      await writeFile(file, text);
      files.push(file);
    }
    const bundle = join(folder, 'bundle.tar.gz');
    const capabilities = join(folder, 'capabilities.json');
    await writeFile(capabilities, await capabilitiesWith(builtins));
    const args = ['build', '-t', 'wasm', '-o', bundle, '--capabilities', capabilities];
    const run = await runOpa([...args, ...entrypoints.flatMap((path) => ['-e', path]), ...files]);
    if (run.exitCode !== 0) throw new Error(`opa build: ${run.stderr}${run.stdout.toString('utf8')}`);
    return await fileOf(await readFile(bundle), 'policy.wasm');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function capabilitiesWith(builtins: readonly TestBuiltin[]): Promise<string> {
  const { stdout } = await runOpa(['capabilities', '--current']);
  const capabilities = JSON.parse(stdout.toString('utf8')) as { builtins: { name: string }[] };
  for (const { name, arity } of builtins) {
    const args = Array.from({ length: arity }, () => ({ type: 'any' }));
    const decl = { type: 'function', args, result: { type: 'any' } };
    capabilities.builtins.push({ name, decl } as { name: string });
  }
  capabilities.builtins.sort((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify(capabilities);
}

/** One file of a bundle. */
export async function fileOf(archive: Buffer, name: string): Promise<Buffer> {
  const entries = extract();
  entries.end(gunzipSync(archive));
  let found: Buffer | undefined;
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.name.replace(/^\//, '') === name) found = Buffer.concat(chunks);
  }
  if (found === undefined) throw new Error(`the bundle holds no ${name}`);
  return found;
}
