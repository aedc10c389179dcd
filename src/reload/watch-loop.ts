import { setTimeout } from 'node:timers/promises';
import type { BundleKeeper } from './bundle-keeper.ts';
import type { BundleSource } from './source.ts';

/** How often a source is asked without being told of a change, and how failures are retried. */
export interface PollingOptions {
  readonly intervalMs: number;
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export const FILE_POLLING: PollingOptions = {
  intervalMs: 30_000,
  minRetryMs: 100,
  maxRetryMs: 30_000,
  random: Math.random,
};

/** Checks a bundle whenever its source says so, and now and then; after failures sooner, with back-off. */
export async function keepCurrent(
  keeper: BundleKeeper,
  source: BundleSource,
  options: PollingOptions,
  signal: AbortSignal,
): Promise<void> {
  let wake = (): void => undefined;
  let changed = false;
  source.watch(() => {
    changed = true;
    wake();
  }, signal);
  while (!signal.aborted) {
    if (!changed) {
      const waiting = new AbortController();
      wake = () => waiting.abort();
      const stop = AbortSignal.any([signal, waiting.signal]);
      await setTimeout(pauseMs(keeper.failures, options), undefined, { signal: stop }).catch(() => undefined);
      if (signal.aborted) return;
    }
    changed = false;
    // The failure is in the keeper's status, log and metrics already.
    await keeper.check(signal).catch(() => undefined);
  }
}

/** Exponential back-off with full jitter in its upper half, so that many instances do not ask at once. */
export function pauseMs(failures: number, options: PollingOptions): number {
  const longest =
    failures === 0
      ? options.intervalMs
      : Math.min(options.maxRetryMs, options.minRetryMs * 2 ** Math.min(failures - 1, 30));
  return longest * (0.5 + options.random() / 2);
}
