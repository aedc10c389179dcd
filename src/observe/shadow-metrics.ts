import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricSources } from './metric-sources.ts';

/** What shadow verification did with the answers of one entrypoint. */
export interface ShadowSource {
  readonly policySet: string;
  readonly entrypoint: string;
  /** `difference` where an answer was wrong and the entrypoint is answered without the cache for that. */
  readonly offReason: string | undefined;
  readonly shadow: {
    readonly checked: number;
    readonly differed: number;
    readonly failed: number;
    readonly skipped: number;
  };
}

/** Metrics of shadow verification, by entrypoint. */
export function registerShadow(sources: MetricSources, registers: Registry[]): void {
  const rows = (): readonly ShadowSource[] => sources.cache().rows;
  new Counter({
    name: 'portcullis_cache_shadow_total',
    help: 'Answers chosen to be verified from the whole input: the same (agreed), wrong (differed), not to be told because that evaluation failed (failed), or not evaluated because it would have cost too much (skipped).',
    labelNames: ['policy_set', 'entrypoint', 'result'],
    registers,
    collect() {
      this.reset();
      for (const { policySet: policy_set, entrypoint, shadow } of rows()) {
        const { checked, differed, failed, skipped } = shadow;
        const results = { agreed: checked - differed, differed, failed, skipped };
        for (const [result, count] of Object.entries(results))
          this.inc({ policy_set, entrypoint, result }, count);
      }
    },
  });
  new Gauge({
    name: 'portcullis_cache_distrusted',
    help: '1 for entrypoints that are answered without cache and footprint, because an answer was wrong.',
    labelNames: ['policy_set', 'entrypoint'],
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { policySet: policy_set, entrypoint, offReason } of rows())
        this.set({ policy_set, entrypoint }, offReason === 'difference' ? 1 : 0);
    },
  });
}
