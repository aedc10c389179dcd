import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { Evaluator } from '../policy/evaluator.ts';
import { proofEvaluators } from '../policy/proof/proof-evaluators.ts';
import { type ProofReport, provePolicySet } from '../policy/proof/prove-policy-set.ts';
import { type DecisionVector, parseVectors, requireVectors, runVectors } from '../policy/vectors.ts';
import type { PreparedBundle } from './activation.ts';
import type { Footprinted } from './footprints.ts';

/** How long one proving evaluation may take. A policy that needs longer would never answer in time. */
const MAX_EVALUATION_MS = 10_000;

/**
 * Asks a policy set before it goes live: every decision vector of every bundle must be answered as expected, every entrypoint must answer at
 * all, and what is said of footprints and plans must hold. Rejects with `bundle_vectors_failed`, `bundle_vectors_invalid`,
 * `bundle_smoke_failed`, `bundle_footprint_wrong` or `bundle_evaluators_differ`.
 */
export async function prove(
  { descriptor, seenData }: Footprinted,
  bundles: readonly PreparedBundle[],
  evaluator: Evaluator,
  clock: Clock,
  maxGenerated: number | undefined,
): Promise<ProofReport> {
  const vectors: DecisionVector[] = [];
  for (const { name, bundle } of bundles) {
    if (bundle.vectors === undefined) continue;
    await setImmediate();
    const parsed = parseVectors(bundle.vectors);
    vectors.push(...parsed);
    const results = await runVectors(parsed, evaluator, clock);
    try {
      requireVectors(results);
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown);
      throw new PortcullisError(code, `bundle ${name}: ${message}`, { cause: thrown });
    }
  }
  for (const entrypoint of descriptor.entrypoints) await smoke(entrypoint, evaluator, clock);
  const subject = { descriptor, seenData, evaluators: proofEvaluators(evaluator), clock, maxGenerated };
  return await provePolicySet(subject, vectors);
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
