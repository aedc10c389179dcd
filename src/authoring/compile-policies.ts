import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PortcullisError } from '../errors.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import type { ModuleDescriptor } from '../policy/descriptor.ts';
import { compileModule } from '../policy/wasm/compile.ts';
import { type InspectedPolicies, inspectPolicies } from './inspect-policies.ts';
import { allEntrypoints, OpaBuild } from './opa-build.ts';
import { runOpa } from './opa-tool.ts';
import { erasePrints } from './print-erasure.ts';
import type { SourceFile, Sources } from './sources.ts';
import { inScratchFolder, stage } from './staging.ts';

/** What OPA makes of the sources. */
export interface CompiledPolicies {
  readonly module: Uint8Array;
  readonly plan: Uint8Array;
  /** Rule paths that callers may ask, the default first: those asked for, then those annotated, in source order. */
  readonly entrypoints: readonly string[];
  /** Those whose answers the author promises to be cacheable. */
  readonly cacheable: readonly string[];
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
    const opa = new OpaBuild(folder, files, opaPath);
    const printFree = await withoutPrints(join(folder, 'print-free'), written, sources, opa, opaPath);

    const [found] = await Promise.all([
      opa.run(written, 'inspect', '-a', '-f', 'json', '.').then((stdout) => inspectPolicies(stdout)),
      // OPA must be able to load what is shipped, and that is what was written, with its print calls.
      printFree === written ? undefined : opa.run(written, 'check', '-b', '.'),
    ]);
    const entrypoints = allEntrypoints(askedEntrypoints, found.entrypoints);
    const [module, plan] = await Promise.all([
      opa.compile(printFree, 'wasm', entrypoints),
      opa.compile(printFree, 'plan', entrypoints),
    ]);
    const descriptor = await compileModule('under construction', module, new Set(BUILTINS.keys()));
    checkAgreement(descriptor, plan);
    const builtins = Object.keys(descriptor.builtins).sort();
    return {
      module,
      plan,
      entrypoints,
      cacheable: promised(found, entrypoints),
      builtins,
      packages: found.packages,
    };
  });
}

/** A promise about a rule that nobody can ask would be checked by nobody. */
function promised({ cacheable }: InspectedPolicies, entrypoints: readonly string[]): readonly string[] {
  const other = cacheable.find((path) => !entrypoints.includes(path));
  if (other === undefined) return cacheable;
  throw new PortcullisError(
    'build_failed',
    `${other} is annotated with \`cacheable: true\`, but is no entrypoint: add \`entrypoint: true\``,
  );
}

/** Stages the sources without print calls; gives `written` itself when there are none. */
async function withoutPrints(
  folder: string,
  written: string,
  sources: Sources,
  opa: OpaBuild,
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
      if (exitCode !== 0) await opa.run(written, 'check', '-b', '.');
      return JSON.parse(stdout.toString()) as unknown;
    });
    rego.push({ ...source, bytes });
  }
  if (rego.every(({ bytes }, index) => bytes === sources.rego[index]!.bytes)) return written;
  await rm(scratch, { force: true });
  await stage(folder, [...rego, ...sources.data]);
  return folder;
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
  throw new PortcullisError('build_failed', 'module and plan do not agree on their entrypoints and builtins');
}
