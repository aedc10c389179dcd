import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluator } from '../policy/evaluator.ts';
import { parseVectors, requireVectors, runVectors } from '../policy/vectors.ts';
import type { PreparedBundle } from './activation.ts';

/** How long one proving evaluation may take. A policy that needs longer would never answer in time. */
const MAX_EVALUATION_MS = 10_000;

/**
 * Asks a policy set before it goes live: every decision vector of every bundle must be answered as expected, and every
 * entrypoint must answer at all. Rejects with `bundle_vectors_failed`, `bundle_vectors_invalid` or `bundle_smoke_failed`.
 */
export async function prove(
  descriptor: PolicySetDescriptor,
  bundles: readonly PreparedBundle[],
  evaluator: Evaluator,
  clock: Clock,
): Promise<void> {
  for (const { name, bundle } of bundles) {
    if (bundle.vectors === undefined) continue;
    await setImmediate();
    const results = await runVectors(parseVectors(bundle.vectors), evaluator, clock);
    try {
      requireVectors(results);
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown);
      throw new PortcullisError(code, `bundle ${name}: ${message}`, { cause: thrown });
    }
  }
  for (const entrypoint of descriptor.entrypoints) await smoke(entrypoint, evaluator, clock);
}

/**
 * Without any input the answer does not matter, but there must be one. A conflict between rules is an answer too: a
 * policy may rely on inputs that callers always send.
 */
async function smoke(entrypoint: string, evaluator: Evaluator, clock: Clock): Promise<void> {
  for (const input of [undefined, Buffer.from('{}')]) {
    try {
      const deadlineMs = clock.monotonicMs() + MAX_EVALUATION_MS;
      await evaluator.evaluate(entrypoint, input, { wallMs: clock.wallMs(), deadlineMs });
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown);
      if (code === 'evaluation_conflict') continue;
      throw new PortcullisError('bundle_smoke_failed', `${entrypoint} does not answer: ${message}`, {
        cause: thrown,
      });
    }
  }
}
