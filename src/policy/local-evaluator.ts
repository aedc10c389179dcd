import type { PolicySetDescriptor } from './descriptor.ts';
import type { Evaluator } from './evaluator.ts';
import { createWasmEvaluator, type WasmEvaluatorOptions } from './wasm/evaluator.ts';

export type LocalEvaluatorOptions = WasmEvaluatorOptions;

/**
 * Everything that answers a policy set's entrypoints in the thread that calls it: the same in the main thread and in
 * policy threads, so that an evaluation means the same wherever it happens.
 */
export function createLocalEvaluator(
  descriptor: PolicySetDescriptor,
  options: LocalEvaluatorOptions,
): Promise<Evaluator> {
  return createWasmEvaluator(descriptor, options);
}
