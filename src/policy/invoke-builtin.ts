import { type Builtin, BuiltinError } from './builtins/builtin.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import type { RegoValue } from './value.ts';

/**
 * Calls a builtin for an evaluation. Never throws: an error makes the result undefined, as in OPA without strict errors;
 * a halt or a defect is kept in the context and fails the evaluation, whatever the evaluator makes of the undefined result.
 * `texts` gives the arguments as Rego text, for the record of results that an auditor needs.
 */
export function invokeBuiltin(
  context: EvaluationContext,
  builtin: Builtin,
  args: RegoValue[],
  texts: () => readonly string[],
): RegoValue | undefined {
  // After a failure the answer no longer matters: spare the side effects.
  if (context.failure !== undefined) return undefined;
  context.calling(builtin);
  try {
    const result = builtin.call(context, ...args);
    if (result !== undefined) context.called(builtin, args, texts, result);
    return result;
  } catch (thrown) {
    const message = `${builtin.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    if (thrown instanceof BuiltinError && !thrown.halt) context.erred(message);
    else context.fail(message, thrown);
    return undefined;
  }
}
