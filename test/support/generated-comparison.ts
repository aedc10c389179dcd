/** How the answers to a generated policy compare. */
import { compareValues } from '../../src/policy/builtins/compare.ts';
import { parseJson } from '../../src/policy/builtins/json-value.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import { type Answer, isConflict, type Verdict } from './generated-run.ts';
import type { Type } from './rego-scope.ts';

export type Outcome =
  /** All three answer the same. */
  | 'equal'
  /** One of them took longer than an evaluation may. */
  | 'too long'
  /**
   * Plan and module fail of a conflict where OPA has a value, and OPA has a conflict, too, when it goes through all clauses: usually it
   * stops at the first one that holds when all give the same constant, and leaves out those that its index excludes.
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
  /** The plan answers as it should, the module otherwise, and the plan analysis found nothing. */
  | 'unexplained';

export const UNEXPLAINED: ReadonlySet<Outcome> = new Set(['plan differs', 'unexplained']);

/**
 * The plan must answer to the last digit as OPA. The module's sets come in another order; where it answers otherwise, the policy must
 * have findings, or not be careful. Where OPA's answer is not to be had the module is compared with the plan.
 */
export function outcomeOf(verdict: Verdict): Outcome {
  const { policy, module, plan, opa, findings } = verdict;
  if ('tooLong' in plan || 'tooLong' in opa) return 'too long';
  const ofPlan = textOf(plan, policy.members);
  const excused = excuse(verdict);
  if (excused === undefined && ofPlan !== textOf(opa, policy.members)) return 'plan differs';
  if (textOf(module, policy.members) === ofPlan) return excused ?? 'equal';
  if (findings.length > 0) return excused ?? 'found';
  if (!policy.careful) return excused ?? 'documented';
  return 'tooLong' in module ? 'too long' : 'unexplained';
}

/** Why the plan need not answer as OPA. */
function excuse({ plan, opa, thorough }: Verdict): Outcome | undefined {
  if ('error' in opa && /^eval_internal_error: .* requires evaluation/.test(opa.error)) return 'OPA errs';
  const conflicts =
    thorough !== undefined && 'error' in thorough && thorough.error.startsWith('eval_conflict_error');
  return conflicts && isConflict(plan) ? 'stops early' : undefined;
}

/** Of the faults, those that the verdict finds. */
export function faultsFound(verdict: Verdict): string[] {
  // What OPA says thoroughly was asked for the plan without faults.
  const without = { ...verdict, thorough: undefined };
  return Array.from(verdict.faulty)
    .filter(([, plan]) => outcomeOf({ ...without, plan }) === 'plan differs')
    .map(([name]) => name);
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
