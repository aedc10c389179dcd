import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluator } from '../evaluator.ts';
import type { PlanEvaluator } from '../plan/plan-evaluator.ts';

/** What a policy set is proved with. Neither asks the network, and what policies print is dropped. */
export interface ProofEvaluators {
  /** Answers as the policy set will, in the calling thread. Closed by whoever made it. */
  readonly answers: Evaluator;
  /** Answers by plans, with the same builtins and limits. Throws as createPlanEvaluator does. */
  readonly planned: (descriptor: PolicySetDescriptor) => PlanEvaluator;
}
