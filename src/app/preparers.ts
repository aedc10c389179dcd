import { systemClock } from '../clock.ts';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import { ChosenPreparer } from '../reload/chosen-preparer.ts';
import { type CompiledWork, InlinePreparer } from '../reload/inline-preparer.ts';
import type { ActivationParts } from '../reload/policy-set.ts';
import { PreparingThread } from '../reload/preparing-thread.ts';
import { Turns } from '../reload/turns.ts';
import { evaluationLimits } from './evaluators.ts';

/** Each takes a processor and the memory of its data several times over. */
const PREPARED_AT_ONCE = 2;

/**
 * What prepares policy sets: this thread until the server listens, and for as long as the policy set has none to fall back to; from then on
 * threads of their own.
 */
export function preparers(
  config: Config,
  env: Environment,
  knownBuiltins: ReadonlySet<string>,
  isListening: () => boolean,
  compiled?: CompiledWork,
): NonNullable<ActivationParts['preparer']> {
  const turns = new Turns(PREPARED_AT_ONCE);
  return (policySet, isActive) => {
    const limits = evaluationLimits(config, env, policySet);
    const oneDataPlane = config.workers === 1;
    return new ChosenPreparer(
      new InlinePreparer({
        knownBuiltins,
        limits,
        clock: systemClock,
        givesMemory: oneDataPlane,
        ...(compiled !== undefined && { compiled }),
      }),
      new PreparingThread({
        policySet,
        knownBuiltins,
        limits,
        maxGeneratedInputs: undefined,
        oneDataPlane,
        turns,
      }),
      () => isListening() || isActive(),
    );
  };
}
