import type { ManifestFinding } from '../bundle/bundle.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Attempt } from '../reload/bundle-keeper.ts';
import type { Observability } from './observability.ts';

/** Tells logs and metrics what became of archives, and warns of entrypoints whose module answers otherwise than OPA. */
export function attemptReport(
  { logger, metrics }: Pick<Observability, 'logger' | 'metrics'>,
  { policySets }: Pick<Config, 'policySets'>,
  clock: Clock,
): (attempt: Attempt) => void {
  return ({ policySet, bundle, result, error, attempts, restored, status, findings }) => {
    metrics.activation(policySet, bundle, result, error?.code ?? 'ok', clock.wallMs());
    const fields = {
      policy_set: policySet,
      bundle,
      source: status.source,
      restored,
      revision: status.active?.revision,
    };
    if (error === undefined) logger.info(fields, `bundle ${result}`);
    else logger.warn({ ...fields, code: error.code, reason: error.message, attempts }, `bundle ${result}`);
    const evaluators = policySets[policySet]?.evaluators ?? {};
    for (const [entrypoint, places] of byEntrypoint(findings)) {
      if (evaluators[entrypoint] === 'plan') continue;
      const message = 'the module answers otherwise than OPA: let the plan evaluator answer (evaluators)';
      logger.warn({ ...fields, entrypoint, places }, message);
    }
  };
}

/** Those that happen in any case; what depends on the input is for `inspect`. */
function byEntrypoint(findings: readonly ManifestFinding[]): ReadonlyMap<string, readonly string[]> {
  const certain = findings.filter((finding) => finding.certain);
  const grouped = Map.groupBy(certain, ({ entrypoint }) => entrypoint);
  return new Map(
    Array.from(grouped, ([path, rows]) => [path, rows.map(({ place, message }) => `${place}: ${message}`)]),
  );
}
