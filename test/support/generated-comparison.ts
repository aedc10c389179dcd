/** How the answers to a generated policy compare. */
import { compareValues } from '../../src/policy/builtins/compare.ts';
import { parseJson } from '../../src/policy/builtins/json-value.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { Answer, Verdict } from './generated-run.ts';
import type { Type } from './rego-scope.ts';

export type Outcome =
  /** All three answer the same. */
  | 'equal'
  /** One of them took longer than an evaluation may. */
  | 'too long'
  /**
   * Plan and module fail of a conflict where OPA has a value: it stops at the first clause of a rule that holds when all of them give
   * the same constant, and meets no conflict in a later one. Plans go through all clauses.
   */
  | 'stops early'
  /** OPA fails of a fault of its own: it evaluates the statements of a comprehension in an order in which they have no value yet. */
  | 'OPA errs'
  /** The plan answers as OPA, the module otherwise, and the plan analysis found where. */
  | 'found'
  /** The plan answers as OPA; the module otherwise, in a policy that is not careful: see `Scope`. */
  | 'documented'
  /** The plan answers otherwise than OPA. */
  | 'plan differs'
  /** The plan answers as OPA, the module otherwise, and the plan analysis found nothing. */
  | 'unexplained';

export const UNEXPLAINED: ReadonlySet<Outcome> = new Set(['plan differs', 'unexplained']);

/**
 * The plan must answer to the last digit as OPA. The module's sets come in another order; where it answers otherwise, the policy must
 * have findings, or not be careful.
 */
export function outcomeOf(verdict: Verdict): Outcome {
  const { policy, module, plan, opa, findings } = verdict;
  const ofOpa = textOf(opa, policy.members);
  const planDiffers = textOf(plan, policy.members) !== ofOpa;
  const moduleDiffers = textOf(module, policy.members) !== ofOpa;
  if ('tooLong' in plan || 'tooLong' in opa) return 'too long';
  if ('error' in opa && /^eval_internal_error: .* requires evaluation/.test(opa.error)) return 'OPA errs';
  if (planDiffers)
    return isConflict(plan) && isConflict(module) && 'json' in opa ? 'stops early' : 'plan differs';
  if (!moduleDiffers) return 'equal';
  if (findings.length > 0) return 'found';
  if (!policy.careful) return 'documented';
  return 'tooLong' in module ? 'too long' : 'unexplained';
}

/** One text for one value: sets, which come as arrays, in order. */
function textOf(answer: Answer, members: ReadonlyMap<string, Type>): string {
  if ('tooLong' in answer) return 'too long';
  if ('error' in answer) return 'error';
  if (answer.json === undefined) return 'undefined';
  const value = parseJson(answer.json);
  if (!(value instanceof Map)) return regoText(value);
  return regoText(
    new Map(Array.from(value, ([name, member]) => [name, inOrder(member, members.get(name as string))])),
  );
}

function inOrder(value: RegoValue, type: Type | undefined): RegoValue {
  if (typeof type !== 'object') return value;
  if ('set' in type && Array.isArray(value))
    return value.map((each) => inOrder(each, type.set)).sort(compareValues);
  if ('array' in type && Array.isArray(value)) return value.map((each) => inOrder(each, type.array));
  if ('object' in type && value instanceof Map)
    return new Map(Array.from(value, ([key, each]) => [key, inOrder(each, type.object)]));
  return value;
}

function isConflict(answer: Answer): boolean {
  return 'error' in answer && answer.error.startsWith('evaluation_conflict');
}
