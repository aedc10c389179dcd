import { systemClock } from '../../clock.ts';
import { BUILTINS } from '../builtins/registry.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluator } from '../evaluator.ts';
import { createPlanEvaluator, type PlanEvaluator } from '../plan/plan-evaluator.ts';

/** What a policy set is proved with. Neither asks the network, and what policies print is dropped. */
export interface ProofEvaluators {
  /** Answers as the policy set will, in the calling thread. Closed by whoever made it. */
  readonly answers: Evaluator;
  /** Answers by plans, with the same builtins and limits. Throws as createPlanEvaluator does. */
  readonly planned: (descriptor: PolicySetDescriptor) => PlanEvaluator;
}

/** Those that an evaluator brings, or else itself and a plan evaluator with everything as it is when nothing is configured. */
export function proofEvaluators(evaluator: Evaluator): ProofEvaluators {
  const own = evaluator.forProof?.();
  if (own !== undefined) return own;
  const options = { builtins: BUILTINS, clock: systemClock };
  return { answers: evaluator, planned: (descriptor) => createPlanEvaluator(descriptor, options) };
}
