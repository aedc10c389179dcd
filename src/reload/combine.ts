import { createHash } from 'node:crypto';
import { rootsOverlap } from '../bundle/roots.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { ModuleDescriptor, PolicySetDescriptor } from '../policy/descriptor.ts';
import { toSharedBytes } from '../policy/threads/shared-bytes.ts';
import type { PreparedBundle } from './activation.ts';
import { checkCrossReferences } from './cross-references.ts';

/** What the operator says of a policy set. */
export interface PolicySetRules {
  readonly name: string;
  /** The allow-list; undefined: what the bundles declare. */
  readonly entrypoints: readonly string[] | undefined;
  readonly defaultEntrypoint: string | undefined;
  /** Entrypoints that the plan evaluator is to answer. */
  readonly planned: readonly string[];
}

/**
 * Makes one policy set out of its bundles: their roots must not overlap, their policies must not refer to each other's
 * rules, their entrypoints must differ, their data is merged. Pure. Throws `bundle_roots_overlap`, `bundle_entrypoint_conflict`, `bundle_entrypoint_unknown`,
 * `bundle_module_missing`, `bundle_plan_missing`, `bundle_data_invalid`.
 */
export function combine(
  rules: PolicySetRules,
  bundles: readonly PreparedBundle[],
  activatedAtMs: number,
): PolicySetDescriptor {
  checkRoots(rules.name, bundles);
  checkCrossReferences(rules.name, bundles);
  const modules = bundles.flatMap(({ module }) => (module === undefined ? [] : [module]));
  if (modules.length === 0) {
    throw new PortcullisError(
      'bundle_module_missing',
      `no bundle of policy set ${rules.name} holds a module`,
    );
  }
  const declared = declaredEntrypoints(rules.name, bundles);
  const entrypoints = rules.entrypoints ?? declared;
  const wanted =
    rules.defaultEntrypoint === undefined ? entrypoints : [...entrypoints, rules.defaultEntrypoint];
  const unknown = wanted.find((path) => !declared.includes(path));
  if (unknown !== undefined) {
    const message = `policy set ${rules.name} is to offer ${unknown}; its bundles declare ${declared.join(', ')}`;
    throw new PortcullisError('bundle_entrypoint_unknown', message);
  }
  checkPlans(rules, modules);
  // Threads that evaluate read the same bytes.
  const dataJson = toSharedBytes(mergedData(rules.name, bundles));
  return {
    name: rules.name,
    modules,
    dataJson,
    entrypoints,
    defaultEntrypoint: rules.defaultEntrypoint ?? entrypoints[0],
    planned: rules.planned,
    policyDigest: sha256(modules.map(moduleDigest).join('')),
    dataDigest: sha256(dataJson),
    revisions: Object.fromEntries(bundles.map(({ name, bundle }) => [name, bundle.manifest.revision])),
    activatedAtMs,
  };
}

/** The plan counts, too: it may answer, and tells what an answer depends on. */
const moduleDigest = ({ bundle, digest, plan }: ModuleDescriptor): string =>
  `${bundle.length}:${bundle}${digest}${plan === undefined ? '' : sha256(plan)}`;

/** A plan that nobody vouches for answers nothing. */
function checkPlans({ name, planned }: PolicySetRules, modules: readonly ModuleDescriptor[]): void {
  for (const path of planned) {
    const owner = modules.find(({ entrypoints }) => Object.hasOwn(entrypoints, path));
    if (owner === undefined) {
      const message = `policy set ${name}: the plan evaluator is to answer ${path}, which no bundle declares`;
      throw new PortcullisError('bundle_entrypoint_unknown', message);
    }
    if (owner.plan !== undefined) continue;
    const message = `policy set ${name}: the plan evaluator is to answer ${path}, but bundle ${owner.bundle} binds no plan`;
    throw new PortcullisError('bundle_plan_missing', message);
  }
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

function checkRoots(policySet: string, bundles: readonly PreparedBundle[]): void {
  for (const [index, a] of bundles.entries()) {
    for (const b of bundles.slice(index + 1)) {
      const overlap = a.bundle.manifest.roots.find((root) =>
        b.bundle.manifest.roots.some((other) => rootsOverlap(root, other)),
      );
      if (overlap === undefined) continue;
      const message = `policy set ${policySet}: bundles ${a.name} and ${b.name} both own ${JSON.stringify(overlap)}`;
      throw new PortcullisError('bundle_roots_overlap', message);
    }
  }
}

function declaredEntrypoints(policySet: string, bundles: readonly PreparedBundle[]): string[] {
  const owners = new Map<string, string>();
  for (const { name, bundle } of bundles) {
    for (const path of bundle.module?.entrypoints ?? []) {
      const owner = owners.get(path);
      if (owner !== undefined) {
        const message = `policy set ${policySet}: bundles ${owner} and ${name} both offer ${path}`;
        throw new PortcullisError('bundle_entrypoint_conflict', message);
      }
      owners.set(path, name);
    }
  }
  return [...owners.keys()];
}

/** The base data of all bundles, as canonical JSON. Values are made of it only where there is something to merge. */
function mergedData(policySet: string, bundles: readonly PreparedBundle[]): Uint8Array {
  const some = bundles.filter(({ bundle }) => !bundle.data.isEmpty);
  if (some.length <= 1) return (some[0] ?? bundles[0]!).bundle.data.json;
  return Buffer.from(canonicalJson(merge(some.map((each) => documentOf(policySet, each)))));
}

function documentOf(policySet: string, { name, bundle }: PreparedBundle): JsonObject {
  try {
    return bundle.data.document;
  } catch (error) {
    const { code, message } = toPortcullisError(error);
    throw new PortcullisError(code, `policy set ${policySet}: bundle ${name}: ${message}`, { cause: error });
  }
}

/** Merges objects; roots that do not overlap make conflicts impossible below the folders that they share. */
function merge(documents: readonly JsonObject[]): JsonObject {
  const merged: JsonObject = Object.create(null);
  for (const document of documents) {
    for (const [key, value] of Object.entries(document)) {
      const present = merged[key];
      merged[key] = isJsonObject(present) && isJsonObject(value) ? merge([present, value]) : value;
    }
  }
  return merged;
}
