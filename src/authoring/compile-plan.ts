import { join } from 'node:path';
import { canonicalJson } from '../json/canonical.ts';
import type { JsonObject } from '../json/value.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { inspectPolicies } from './inspect-policies.ts';
import { allEntrypoints, OpaBuild } from './opa-build.ts';
import type { Sources } from './sources.ts';
import { inScratchFolder, stage } from './staging.ts';

export interface CompiledPlan {
  /** Text of `plan.json`. */
  readonly plan: Uint8Array;
  /** Rule paths: those asked for, then those annotated, in source order. */
  readonly entrypoints: readonly string[];
}

/**
 * Compiles to a plan alone, from the text as it was written, with its `print` calls: to find out what policies do, not to
 * ship. Throws PortcullisError `build_failed` with OPA's message, `opa_unavailable`.
 */
export async function compilePlan(
  sources: Sources,
  askedEntrypoints: readonly string[],
  opaPath?: string,
): Promise<CompiledPlan> {
  return inScratchFolder(async (folder) => {
    const written = join(folder, 'written');
    const files = [...sources.rego, ...sources.data];
    await stage(written, files);
    const opa = new OpaBuild(folder, files, opaPath);
    const found = inspectPolicies(await opa.run(written, 'inspect', '-a', '-f', 'json', '.'));
    const entrypoints = allEntrypoints(askedEntrypoints, found.entrypoints);
    return { plan: await opa.compile(written, 'plan', entrypoints), entrypoints };
  });
}

/** Without imports, exports and code: 8 bytes of magic number and version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** A policy set that only the plan evaluator can answer: its module offers nothing. */
export function describePlan(
  { plan, entrypoints }: CompiledPlan,
  sources: Sources,
  data: JsonObject,
): PolicySetDescriptor {
  const name = 'sources';
  return {
    name,
    modules: [
      {
        bundle: name,
        module: new WebAssembly.Module(EMPTY_MODULE),
        digest: '',
        memoryPages: { minimum: 0, maximum: undefined },
        entrypoints: Object.fromEntries(entrypoints.map((entrypoint, index) => [entrypoint, index])),
        builtins: {},
        plan,
        sources: Object.fromEntries(
          sources.rego.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('utf8')]),
        ),
      },
    ],
    dataJson: Buffer.from(canonicalJson(data)),
    entrypoints,
    defaultEntrypoint: entrypoints[0],
    policyDigest: '',
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
}
