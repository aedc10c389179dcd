/** Whether an answer is what a compliance case wants, as OPA's own runner for WASM modules decides it. */
import { compareValues, equalValues, sortedElements } from '../../src/policy/builtins/compare.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import { toJson } from '../../src/policy/codec.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { ComplianceCase } from './compliance-cases.ts';

/** What an evaluator made of a case. */
export interface Answer {
  /** The bindings of each solution of the query, in no order. */
  readonly solutions: readonly ReadonlyMap<RegoValue, RegoValue>[];
  /** Why there is no answer; `conflict` when rules contradict each other. */
  readonly error: { readonly message: string; readonly conflict: boolean } | undefined;
  /** Messages of builtins that erred; undefined where the evaluator does not see all of them. */
  readonly builtinErrors: readonly string[] | undefined;
  /** Builtins that it called and that are not offered: what it says then says nothing. */
  readonly missing: readonly string[];
  /** Its sets come as arrays in any order. */
  readonly losesSets: boolean;
}

/** Why the answer is not the wanted one; undefined when it is. */
export function judge(one: ComplianceCase, answer: Answer): string | undefined {
  if (answer.missing.length > 0) return `builtin not offered: ${answer.missing.join(', ')}`;
  const { error, solutions } = answer;
  if (one.wantResult === undefined && one.wantDefined === undefined && !one.strictError) {
    if (error === undefined) return `expected an error, got ${show(solutions)}`;
    return error.conflict === (one.wantErrorCode === 'eval_conflict_error')
      ? undefined
      : `expected ${one.wantErrorCode}, got: ${error.message}`;
  }
  if (error !== undefined) return `unexpected error: ${error.message}`;
  if (one.wantError !== undefined || one.wantErrorCode !== undefined) {
    if (answer.builtinErrors?.length === 0) return 'expected the error of a builtin, found none';
  }
  if (one.wantDefined !== undefined) {
    return solutions.length > 0 === one.wantDefined ? undefined : `expected defined = ${one.wantDefined}`;
  }
  const shape = (bindings: readonly ReadonlyMap<RegoValue, RegoValue>[]): Set<RegoValue> =>
    shapeOf(bindings, one.sortBindings, answer.losesSets);
  const want = shape(one.wantResult ?? []);
  const got = shape(solutions);
  return equalValues(want, got) ? undefined : `expected ${regoText(want)}, got ${regoText(got)}`;
}

/** As a set, since the order of solutions does not count; sets in them as sorted arrays, as OPA writes them in JSON. */
function shapeOf(
  solutions: readonly ReadonlyMap<RegoValue, RegoValue>[],
  sortBindings: boolean,
  sortAll: boolean,
): Set<RegoValue> {
  const shape = (value: RegoValue): RegoValue => {
    if (Array.isArray(value)) return sortAll ? value.map(shape).sort(compareValues) : value.map(shape);
    if (value instanceof Set) return sortedElements(value).map(shape);
    if (!(value instanceof Map)) return value;
    return new Map(
      Array.from(value, ([key, member]) => [
        typeof key === 'string' ? key : JSON.stringify(toJson(key)),
        shape(member),
      ]),
    );
  };
  return new Set(
    solutions.map(
      (bindings) =>
        new Map(
          Array.from(bindings, ([name, value]): [RegoValue, RegoValue] => {
            const shaped = shape(value);
            return [name, sortBindings && Array.isArray(shaped) ? shaped.sort(compareValues) : shaped];
          }),
        ),
    ),
  );
}

/** Whether both found the same solutions, with everything in them in the same order. */
export function sameSolutions(left: Answer, right: Answer): boolean {
  return equalValues(new Set(left.solutions as RegoValue[]), new Set(right.solutions as RegoValue[]));
}

/** Where both evaluators say that rules contradict each other, they name the same place; else why not. */
export function otherConflict(wasm: Answer, plan: Answer): string | undefined {
  if (wasm.error === undefined || plan.error === undefined || wasm.error.message === plan.error.message)
    return undefined;
  return `expected, as from the module: ${wasm.error.message}, got: ${plan.error.message}`;
}

/** The words of a builtin's error. */
export interface Words {
  readonly wanted: string;
  readonly given: readonly string[];
  readonly same: boolean;
}

/** Undefined when the case names no words for a builtin's error, or the evaluator does not give them. */
export function wordsOf(one: ComplianceCase, { builtinErrors: given }: Answer): Words | undefined {
  if (!one.strictError || one.wantError === undefined || given === undefined) return undefined;
  const wanted = one.wantError.replace(/^(?:test-\d+\.rego:\d+: )?(?:eval_\w+_error: )?/, '');
  return { wanted, given, same: given.some((message) => message.includes(wanted)) };
}

function show(solutions: readonly ReadonlyMap<RegoValue, RegoValue>[]): string {
  return solutions.length === 0 ? 'no solution' : regoText(solutions as RegoValue[]);
}
