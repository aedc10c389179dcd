import { systemClock } from '../clock.ts';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import type { EvaluatorFactory } from '../decision/data-plane.ts';
import type { Logger } from '../observe/logger.ts';
import type { PrintSink } from '../observe/print-log.ts';
import { createBoundedEvaluator } from '../policy/bounded-evaluator.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import { EvaluationFigures } from '../policy/evaluation-figures.ts';
import type { NetworkBroker } from '../policy/network/broker.ts';
import type { ServingInstances } from '../policy/wasm/evaluator.ts';
import type { EvaluationLimits } from '../reload/prepare-policy-set.ts';
import { runtimeValue } from './runtime-value.ts';

/** Figures by policy set; they outlive the evaluators, which come and go with bundles. */
export function evaluationFigures(config: Config): ReadonlyMap<string, EvaluationFigures> {
  return new Map(Object.keys(config.policySets).map((name) => [name, new EvaluationFigures()]));
}

/** Builds what answers a policy set, within the limits of the configuration. */
export function evaluators(
  config: Config,
  env: Environment,
  parts: {
    readonly figures: ReadonlyMap<string, EvaluationFigures>;
    readonly logger: Logger;
    readonly onPrint: PrintSink | undefined;
    readonly network: NetworkBroker | undefined;
  },
): EvaluatorFactory {
  const { evaluation } = config;
  const { figures, logger, onPrint, network } = parts;
  const serving = new Map<string, ServingInstances>(
    Object.keys(config.policySets).map((name) => [name, new Map()]),
  );
  return (descriptor, seeds) =>
    createBoundedEvaluator(descriptor, {
      ...evaluationLimits(config, env, descriptor.name),
      ...seeds,
      builtins: BUILTINS,
      clock: systemClock,
      ...(onPrint && { onPrint: (message: string) => onPrint(descriptor.name, message) }),
      ...(network && { network: network.forPolicySet(descriptor.name) }),
      serving: serving.get(descriptor.name)!,
      sliceMs: evaluation.slice,
      maxThreads: evaluation.maxThreads,
      maxQueued: evaluation.maxQueued,
      maxHeapBytes: evaluation.maxThreadHeap,
      figures: figures.get(descriptor.name)!,
      onThreadLost: (reason, error) =>
        logger.warn({ policy_set: descriptor.name, reason, err: error }, 'a policy thread was lost'),
    });
}

/** What an evaluation of a policy set may take, wherever it happens. */
export function evaluationLimits(
  { limits, policySets, runtime }: Config,
  env: Environment,
  policySet: string,
): EvaluationLimits {
  const timeResolutionMs = policySets[policySet]?.timeResolution;
  return {
    maxMemoryBytes: limits.maxEvaluationMemory,
    // The view has checked the caller's depth; one level more lets the module see what the view let through.
    maxInputDepth: limits.maxInputDepth + 1,
    runtime: runtimeValue(runtime.env, env),
    ...(timeResolutionMs !== undefined && { timeResolutionMs }),
  };
}
