import type { ManifestFinding } from '../bundle/bundle.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Attempt } from '../reload/bundle-keeper.ts';
import type { Activation } from '../reload/policy-set.ts';
import { cachingNotes } from './caching-notes.ts';
import type { Observability } from './observability.ts';

/**
 * Tells logs and metrics what became of archives, says which entrypoints' answers are seldom found in the cache, and warns of those whose
 * module answers otherwise than OPA.
 */
export function attemptReport(
  { logger, metrics }: Pick<Observability, 'logger' | 'metrics'>,
  { policySets }: Pick<Config, 'policySets'>,
  clock: Clock,
): (attempt: Attempt) => void {
  return ({ policySet, bundle, result, error, attempts, restored, status, findings, activation }) => {
    metrics.activation(policySet, bundle, result, error?.code ?? 'ok', clock.wallMs());
    const fields = {
      policy_set: policySet,
      bundle,
      source: status.source,
      restored,
      // Of a refused archive no revision is known here: without the longer name, that of the older bundle would pass for it.
      [error === undefined ? 'revision' : 'active_revision']: status.active?.revision,
    };
    if (error === undefined) logger.info({ ...fields, ...proved(activation) }, `bundle ${result}`);
    else logger.warn({ ...fields, code: error.code, reason: error.message, attempts }, `bundle ${result}`);
    if (activation !== undefined) {
      const hasTimeResolution = policySets[policySet]?.timeResolution !== undefined;
      const entrypoints = cachingNotes(activation, bundle, hasTimeResolution);
      const message = 'answers of some entrypoints are seldom or never found in the cache: see docs/cache.md';
      if (entrypoints.length > 0) logger.info({ ...fields, entrypoints }, message);
    }
    const evaluators = policySets[policySet]?.evaluators ?? {};
    for (const [entrypoint, places] of byEntrypoint(findings)) {
      if (evaluators[entrypoint] === 'plan') continue;
      const message = 'the module answers otherwise than OPA: let the plan evaluator answer (evaluators)';
      logger.warn({ ...fields, entrypoint, places }, message);
    }
  };
}

/** How many inputs module, footprints and plan were compared with before it went live. */
function proved(activation: Activation | undefined): object {
  if (activation === undefined) return {};
  const { inputs, skipped, tookMs } = activation.proof;
  return { proof: { inputs, skipped, took_ms: Math.round(tookMs) } };
}

/** Those that happen in any case; what depends on the input is for `inspect`. */
function byEntrypoint(findings: readonly ManifestFinding[]): ReadonlyMap<string, readonly string[]> {
  const certain = findings.filter((finding) => finding.certain);
  const grouped = Map.groupBy(certain, ({ entrypoint }) => entrypoint);
  return new Map(
    Array.from(grouped, ([path, rows]) => [path, rows.map(({ place, message }) => `${place}: ${message}`)]),
  );
}
