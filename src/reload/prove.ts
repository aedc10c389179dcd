import type { EvaluatorFactory } from '../decision/data-plane.ts';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluator } from '../policy/evaluator.ts';
import { parseVectors, requireVectors, runVectors } from '../policy/vectors.ts';
import type { PreparedBundle } from './activation.ts';

/** How long one proving evaluation may take. A policy that needs longer would never answer in time. */
const MAX_EVALUATION_MS = 10_000;

/**
 * Asks a candidate policy set before it goes live: every decision vector of every bundle must be answered as expected,
 * and every entrypoint must answer at all. Rejects with `bundle_vectors_failed`, `bundle_vectors_invalid`,
 * `bundle_smoke_failed`, or what `createEvaluator` has against the bundles, such as `bundle_data_too_large`.
 */
export async function prove(
  descriptor: PolicySetDescriptor,
  bundles: readonly PreparedBundle[],
  createEvaluator: EvaluatorFactory,
  now: { readonly wallMs: number; readonly monotonicMs: () => number },
): Promise<void> {
  const evaluator = await createEvaluator(descriptor).catch((thrown: unknown) => {
    // Data that do not fit into the module, for example, have a code that says so.
    if (thrown instanceof PortcullisError && thrown.code.startsWith('bundle_')) throw thrown;
    throw smokeFailure('the policy set cannot be instantiated', thrown);
  });
  try {
    for (const { bundle } of bundles) {
      if (bundle.vectors === undefined) continue;
      requireVectors(await runVectors(parseVectors(bundle.vectors), evaluator));
    }
    await smoke(descriptor, evaluator, now);
  } finally {
    evaluator.close();
  }
}

/**
 * Without any input the answer does not matter, but there must be one. A conflict between rules is an answer too: a
 * policy may rely on inputs that callers always send.
 */
async function smoke(
  descriptor: PolicySetDescriptor,
  evaluator: Evaluator,
  now: { readonly wallMs: number; readonly monotonicMs: () => number },
): Promise<void> {
  for (const entrypoint of descriptor.entrypoints) {
    for (const input of [undefined, Buffer.from('{}')]) {
      try {
        const deadlineMs = now.monotonicMs() + MAX_EVALUATION_MS;
        await evaluator.evaluate(entrypoint, input, { wallMs: now.wallMs, deadlineMs });
      } catch (thrown) {
        if (isConflict(thrown)) continue;
        throw smokeFailure(`${entrypoint} does not answer`, thrown);
      }
    }
  }
}

const isConflict = (thrown: unknown): boolean =>
  thrown instanceof PortcullisError &&
  thrown.code === 'evaluation_failed' &&
  thrown.message.includes('conflict');

const smokeFailure = (what: string, cause: unknown): PortcullisError =>
  new PortcullisError('bundle_smoke_failed', `${what}: ${toPortcullisError(cause).message}`, { cause });
