/** Faults put into the plan evaluator, to see that generated policies find each of them. */

import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { sortedElements } from '../../src/policy/builtins/compare.ts';
import type { Evaluator } from '../../src/policy/evaluator.ts';
import type { PlanEvaluator } from '../../src/policy/plan/plan-evaluator.ts';
import type { PlanTracer } from '../../src/policy/plan/tracer.ts';
import type { RegoValue } from '../../src/policy/value.ts';

export interface PlantedFault {
  readonly name: string;
  /** In place of a builtin's result. */
  readonly builtin?: { readonly name: string; readonly result: Wrong };
  /** Changes locals before a statement looks at them. */
  readonly tracer?: () => PlanTracer;
}

/** @param right calls the builtin itself */
type Wrong = (
  right: (...args: readonly RegoValue[]) => RegoValue | undefined,
  ...args: readonly RegoValue[]
) => RegoValue | undefined;

/** Each wrong for some operands only, or in a way that many answers hide. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  inBuiltin('count', 'one too many in sets', (right, value) =>
    value instanceof Set ? value.size + 1 : right(value),
  ),
  inBuiltin('sum', 'nothing in sets', (right, value) => (value instanceof Set ? 0 : right(value))),
  inBuiltin('sort', 'reversed', (right, value) => (right(value) as RegoValue[]).toReversed()),
  inBuiltin('concat', 'sets not sorted', (right, by, parts) =>
    right(by, parts instanceof Set ? sortedElements(parts).toReversed() : parts),
  ),
  inBuiltin('object.get', 'no default', (right, object, key, otherwise) => {
    const found = right(object, key, otherwise);
    return found === otherwise ? null : found;
  }),
  inBuiltin('startswith', 'always true', () => true),
  inBuiltin('substring', 'nothing to the end', (right, text, from, length) =>
    length === -1 ? '' : right(text, from, length),
  ),
  inBuiltin('replace', 'only the first', (right, text, old, by) =>
    typeof text === 'string' && typeof old === 'string' && typeof by === 'string'
      ? text.replace(old, () => by)
      : right(text, old, by),
  ),
  { name: 'arrays and sets gone through from their end', tracer: fromTheEnd },
];

function inBuiltin(name: string, what: string, result: Wrong): PlantedFault {
  return { name: `${name}: ${what}`, builtin: { name, result } };
}

/** The builtins with the fault in one of them. */
export function withFault(
  builtins: ReadonlyMap<string, Builtin>,
  { builtin }: PlantedFault,
): ReadonlyMap<string, Builtin> {
  if (builtin === undefined) return builtins;
  const right = builtins.get(builtin.name)!;
  const call: Builtin['call'] = (context, ...args) =>
    builtin.result((...changed) => right.call(context, ...changed), ...args);
  return new Map([...builtins, [builtin.name, { ...right, call }]]);
}

/** The evaluator with the fault in its statements. */
export function traced(evaluator: PlanEvaluator, { tracer }: PlantedFault): Pick<Evaluator, 'evaluate'> {
  if (tracer === undefined) return evaluator;
  return { evaluate: (entrypoint, input, time) => evaluator.trace(entrypoint, input, time, tracer()) };
}

/** The local that a scan goes through is another one only while the scan reads it. */
function fromTheEnd(): PlanTracer {
  let restore = (): void => {};
  const nothing = (): void => {};
  return {
    enter: nothing,
    leave: () => restore(),
    remembered: nothing,
    undefinedAt: nothing,
    builtin: nothing,
    step(statement, locals) {
      restore();
      restore = nothing;
      if (statement.op !== 'Scan') return;
      const { source } = statement;
      const before = locals[source];
      if (!Array.isArray(before) && !(before instanceof Set)) return;
      const changed = locals as (RegoValue | undefined)[];
      changed[source] = (Array.isArray(before) ? before : sortedElements(before)).toReversed();
      restore = () => {
        changed[source] = before;
      };
    },
  };
}
