import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../bundle/archive.ts';
import { MODULE_FILE, PLAN_FILE } from '../bundle/file-names.ts';
import { PortcullisError } from '../errors.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import type { ModuleDescriptor } from '../policy/descriptor.ts';
import { compileModule } from '../policy/wasm/compile.ts';
import { inspectPolicies } from './inspect-policies.ts';
import { runOpa } from './opa-tool.ts';
import { erasePrints } from './print-erasure.ts';
import type { SourceFile, Sources } from './sources.ts';
import { inScratchFolder, runStaged, stage } from './staging.ts';

/** What OPA makes of the sources. */
export interface CompiledPolicies {
  readonly module: Uint8Array;
  readonly plan: Uint8Array;
  /** Rule paths that callers may ask, the default first: those asked for, then those annotated, in source order. */
  readonly entrypoints: readonly string[];
  /** Builtins that the module calls in the host, sorted. */
  readonly builtins: readonly string[];
  /** Packages as data paths: `shop/authz`. */
  readonly packages: readonly string[];
}

/**
 * Compiles to WASM and to a plan, both from the same text without `print`, and checks that the two belong together.
 * Throws PortcullisError `build_failed` with OPA's message, `bundle_builtin_unknown`, `opa_unavailable`.
 */
export async function compilePolicies(
  sources: Sources,
  askedEntrypoints: readonly string[],
  opaPath?: string,
): Promise<CompiledPolicies> {
  return inScratchFolder(async (folder) => {
    const written = join(folder, 'written');
    const files = [...sources.rego, ...sources.data];
    await stage(written, files);
    const printFree = await withoutPrints(join(folder, 'print-free'), written, sources, opaPath);
    const opa = (cwd: string, ...args: string[]): Promise<Buffer> => runOrFail(files, cwd, args, opaPath);

    const [found] = await Promise.all([
      opa(written, 'inspect', '-a', '-f', 'json', '.').then((stdout) => inspectPolicies(stdout)),
      // OPA must be able to load what is shipped, and that is what was written, with its print calls.
      printFree === written ? undefined : opa(written, 'check', '-b', '.'),
    ]);
    const entrypoints = [...new Set([...askedEntrypoints, ...found.entrypoints])];
    if (entrypoints.length === 0) {
      throw failed(
        'no entrypoint: name one with -e, or annotate a rule with `entrypoint: true` under # METADATA',
      );
    }
    const build = async (target: 'wasm' | 'plan', file: string): Promise<Uint8Array> => {
      const output = join(folder, `${target}.tar.gz`);
      const flags = entrypoints.flatMap((entrypoint) => ['-e', entrypoint]);
      await opa(printFree, 'build', '-b', '.', '-t', target, '--prune-unused', ...flags, '-o', output);
      return extract(await readFile(output), file);
    };
    const [module, plan] = await Promise.all([build('wasm', MODULE_FILE), build('plan', PLAN_FILE)]);
    const descriptor = await compileModule('under construction', module, new Set(BUILTINS.keys()));
    checkAgreement(descriptor, plan);
    const builtins = Object.keys(descriptor.builtins).sort();
    return { module, plan, entrypoints, builtins, packages: found.packages };
  });
}

/** Stages the sources without print calls; gives `written` itself when there are none. */
async function withoutPrints(
  folder: string,
  written: string,
  sources: Sources,
  opaPath: string | undefined,
): Promise<string> {
  const scratch = join(folder, '.parsed.rego');
  await mkdir(folder, { recursive: true });
  const rego: SourceFile[] = [];
  for (const source of sources.rego) {
    const bytes = await erasePrints(source.file, source.bytes, async (text) => {
      await writeFile(scratch, text);
      const args = ['parse', '--format', 'json', '--json-include', 'locations', scratch];
      const { exitCode, stdout } = await runOpa(args, { opaPath });
      // What is wrong is said better about all files at once.
      if (exitCode !== 0)
        await runOrFail([...sources.rego, ...sources.data], written, ['check', '-b', '.'], opaPath);
      return JSON.parse(stdout.toString()) as unknown;
    });
    rego.push({ ...source, bytes });
  }
  if (rego.every(({ bytes }, index) => bytes === sources.rego[index]!.bytes)) return written;
  await rm(scratch, { force: true });
  await stage(folder, [...rego, ...sources.data]);
  return folder;
}

async function runOrFail(
  files: readonly SourceFile[],
  cwd: string,
  args: readonly string[],
  opaPath: string | undefined,
): Promise<Buffer> {
  const { ok, stdout, message } = await runStaged(files, cwd, args, opaPath);
  if (!ok) throw failed(message);
  return stdout;
}

async function extract(archive: Uint8Array, path: string): Promise<Uint8Array> {
  const files = await readArchive(archive, DEFAULT_ARCHIVE_LIMITS);
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw failed(`opa build wrote no ${path}`);
  return file.bytes;
}

interface Plan {
  readonly static?: { readonly builtin_funcs?: readonly { readonly name: string }[] };
  readonly plans?: { readonly plans?: readonly { readonly name: string }[] };
}

/** Module and plan number the same entrypoints and builtins alike, or were not made from the same text. */
export function checkAgreement(
  { entrypoints, builtins }: Pick<ModuleDescriptor, 'entrypoints' | 'builtins'>,
  planBytes: Uint8Array,
): void {
  const plan = JSON.parse(Buffer.from(planBytes).toString('utf8')) as Plan;
  const plans = plan.plans?.plans ?? [];
  const calls = plan.static?.builtin_funcs ?? [];
  const sameEntrypoints =
    plans.length === Object.keys(entrypoints).length &&
    plans.every(({ name }, index) => entrypoints[name] === index);
  // The module's table leaves out what it implements itself.
  const sameBuiltins = Object.entries(builtins).every(([name, id]) => calls[id]?.name === name);
  if (sameEntrypoints && sameBuiltins) return;
  throw failed('module and plan do not agree on their entrypoints and builtins');
}

function failed(message: string): PortcullisError {
  return new PortcullisError('build_failed', message);
}
