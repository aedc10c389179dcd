/** How well a bundle's answers can be cached: against what was built before, and against what its author promises. */
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../bundle/archive.ts';
import { isSignaturesFile } from '../bundle/file-names.ts';
import { readBundle } from '../bundle/read.ts';
import { PortcullisError } from '../errors.ts';
import { adviceText } from '../policy/plan/footprint-text/advice.ts';
import { cacheLosses } from '../policy/plan/footprint-text/cache-losses.ts';
import { cachesWell } from '../policy/plan/footprint-text/cacheability.ts';
import type { FootprintText } from '../policy/plan/footprint-text/describe-footprint.ts';
import { describePlanFootprints } from '../policy/plan/footprint-text/describe-plan.ts';
import type { BuiltBundle } from './build.ts';

export type Footprints = ReadonlyMap<string, FootprintText>;

type Built = Pick<BuiltBundle, 'footprints' | 'cacheable'>;

export interface CachingReport {
  /** `2 of 3 entrypoints are cached well, not shop/authz/review`. */
  readonly summary: string;
  /** One line for each reason why answers of an entrypoint are not kept, or hardly ever found again. */
  readonly notes: readonly string[];
  /** One line for each promise that is not kept, and why. */
  readonly broken: readonly string[];
  /** One line for each entrypoint and reason why fewer answers are found again than before. */
  readonly losses: readonly string[];
}

/** Says how a bundle's answers can be cached; `before` is what the change is compared with. */
export function reportCaching(built: Built, before: Footprints = new Map()): CachingReport {
  const names = [...built.footprints.keys()];
  const others = names.filter((name) => !cachesWell(built.footprints.get(name)!.cacheability));
  const cached = names.length - others.length;
  const not = others.length === 0 ? '' : `, not ${others.join(', ')}`;
  return {
    summary: `${cached} of ${names.length} entrypoints ${cached === 1 ? 'is' : 'are'} cached well${not}`,
    notes: others.flatMap((name) =>
      built.footprints.get(name)!.advice.map((advice) => `${name}: ${adviceText(advice)}`),
    ),
    broken: brokenPromises(built),
    losses: cachingLosses(before, built.footprints),
  };
}

/** One line for each entrypoint of both and each reason why fewer of its answers are found again. */
export function cachingLosses(before: Footprints, after: Footprints): string[] {
  return Array.from(after).flatMap(([name, footprint]) => {
    const known = before.get(name);
    const losses = known === undefined ? [] : cacheLosses(known, footprint);
    return losses.map((loss) => `${name} is cached less than before: ${adviceText(loss)}`);
  });
}

/** Throws PortcullisError `build_failed` when an entrypoint is annotated as cacheable and is not. */
export function checkPromises(built: Built): void {
  const broken = brokenPromises(built);
  if (broken.length > 0) throw new PortcullisError('build_failed', broken.join('\n'));
}

function brokenPromises({ footprints, cacheable }: Built): string[] {
  return cacheable.flatMap((name) => {
    const footprint = footprints.get(name);
    if (footprint === undefined || cachesWell(footprint.cacheability)) return [];
    return footprint.advice.map(
      (advice) => `${name} is annotated with \`cacheable: true\`, but ${adviceText(advice)}`,
    );
  });
}

/**
 * What the entrypoints of an archive can depend on; its signature is not asked for. Throws the `archive_*` and `bundle_*`
 * codes, and `bundle_plan_missing` when its manifest binds no plan.
 */
export async function footprintsOfArchive(archive: Uint8Array): Promise<Footprints> {
  const files = await readArchive(archive, DEFAULT_ARCHIVE_LIMITS);
  const bundle = readBundle(
    files.filter((file) => !isSignaturesFile(file.path)),
    archive,
  );
  if (bundle.plan === undefined)
    throw new PortcullisError(
      'bundle_plan_missing',
      'the bundle binds no plan to its module: what its entrypoints depend on is not known',
    );
  return describePlanFootprints(bundle.plan, bundle.data.document, bundle.module?.entrypoints ?? []);
}
