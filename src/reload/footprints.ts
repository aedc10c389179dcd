import { setImmediate } from 'node:timers/promises';
import { treeText } from '../decision/key.ts';
import { toPortcullisError } from '../errors.ts';
import { CanonicalText } from '../json/canonical-text.ts';
import { ANY_DEPTH, parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { Effect } from '../policy/builtins/builtin.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { footprintsOf } from '../policy/plan/footprint/footprints-of.ts';
import { type Footprint, FULL, type ReadTree } from '../policy/plan/footprint.ts';
import { planOf } from '../policy/plan/plan-of.ts';
import { dataDigester } from '../policy/projection/data-digest.ts';
import { compileProjector } from '../policy/projection/projector.ts';
import { MAX_PROVED_DATA_BYTES } from '../policy/proof/plan-evaluators.ts';
import type { PreparedBundle } from './activation.ts';

/** A policy set with what is known of its entrypoints' footprints. */
export interface Footprinted {
  readonly descriptor: PolicySetDescriptor;
  /** Why nothing is known of an entrypoint. */
  readonly unknown: ReadonlyMap<string, string>;
  /** The base data that an entrypoint can see as JSON, for the proof; all of it where nothing is known, absent where it is too large. */
  readonly seenData: ReadonlyMap<string, Uint8Array>;
}

/** The answers of what can do this are never cached: then less than the whole input is not worth its risk. */
const WITHOUT_FOOTPRINT: readonly Effect[] = ['network', 'random'];

/**
 * Adds to a policy set what its entrypoints can depend on, and the digests of the data that they can see. Only plans that a verified
 * signature binds to their modules are looked at. A plan that cannot be read or analysed does not refuse the bundle: its entrypoints then
 * depend on everything. Other work of the thread gets its turn in between.
 * @param analyse another analysis, for tests
 * @param parse another parser of the data, for tests
 */
export async function withFootprints(
  descriptor: PolicySetDescriptor,
  bundles: readonly PreparedBundle[],
  analyse: typeof footprintsOf = footprintsOf,
  parse: typeof parseJson = parseJson,
): Promise<Footprinted> {
  const data = new CanonicalText(descriptor.dataJson);
  const footprints = new Map<string, Footprint>();
  const unknown = new Map<string, string>();
  for (const { bundle, module, name } of bundles) {
    if (module === undefined) continue;
    const offered = descriptor.entrypoints.filter((path) => Object.hasOwn(module.entrypoints, path));
    await setImmediate();
    const found = analysed(bundle.signed, module.plan, data, analyse);
    for (const path of offered) {
      const footprint = typeof found === 'string' ? found : usable(found.get(path));
      if (typeof footprint === 'string') unknown.set(path, `${footprint} (bundle ${name})`);
      else footprints.set(path, footprint);
    }
  }
  const { dataDigests, seenData } = await dataOf(footprints, descriptor, parse);
  return { descriptor: { ...descriptor, footprints, dataDigests }, unknown, seenData };
}

/** The footprints by entrypoint, or why there are none. */
function analysed(
  signed: boolean,
  plan: Uint8Array | undefined,
  data: CanonicalText,
  analyse: typeof footprintsOf,
): ReadonlyMap<string, Footprint> | string {
  if (plan === undefined) return 'its bundle binds no plan';
  if (!signed) return 'no signature binds its plan';
  try {
    return analyse(planOf(plan), data);
  } catch (thrown) {
    return `its plan cannot be analysed: ${toPortcullisError(thrown).message}`;
  }
}

function usable(footprint: Footprint | undefined): Footprint | string {
  if (footprint === undefined) return 'its plan does not name it';
  const effect = WITHOUT_FOOTPRINT.find((each) => footprint.effects.has(each));
  if (effect === undefined) return footprint;
  const what = effect === 'network' ? 'asks the network' : 'uses random numbers';
  return `it ${what} through ${footprint.effects.get(effect)!.join(', ')}`;
}

/** What entrypoints can see of the data, and its digests. */
async function dataOf(
  footprints: ReadonlyMap<string, Footprint>,
  { dataJson, entrypoints }: PolicySetDescriptor,
  parse: typeof parseJson,
): Promise<{ dataDigests: ReadonlyMap<string, string>; seenData: ReadonlyMap<string, Uint8Array> }> {
  const digester = dataDigester(dataJson);
  let parsed: JsonValue | undefined;
  const values = (): JsonValue => (parsed ??= parse(dataJson, { maxDepth: ANY_DEPTH }));
  const seen = new Map<
    string,
    { readonly json: Uint8Array | undefined; readonly digest: string | undefined }
  >();
  const dataDigests = new Map<string, string>();
  const seenData = new Map(entrypoints.map((path) => [path, dataJson]));
  for (const [path, { data: tree }] of footprints) {
    const text = treeText(tree);
    let known = seen.get(text);
    if (known === undefined) {
      await setImmediate();
      // All of it has a digest already.
      const digest = (tree.reads & FULL) === 0 ? digester(tree) : undefined;
      await setImmediate();
      known = { digest, json: projected(tree, dataJson, values) };
      seen.set(text, known);
    }
    if (known.digest !== undefined) dataDigests.set(path, known.digest);
    if (known.json === undefined) seenData.delete(path);
    else seenData.set(path, known.json);
  }
  return { dataDigests, seenData };
}

/** Undefined where it is too large to be gone through once more. */
function projected(tree: ReadTree, dataJson: Uint8Array, values: () => JsonValue): Uint8Array | undefined {
  if ((tree.reads & FULL) !== 0) return dataJson;
  if (dataJson.length > MAX_PROVED_DATA_BYTES) return undefined;
  return compileProjector(tree).project(values()).json;
}
