import type { RegoValue } from '../../value.ts';
import type { PlanFunction, PlanLocation, Statement } from '../ir.ts';
import { cutText, excerpt } from './excerpt.ts';
import type { BuiltinCall, NamedValue } from './explanation.ts';
import type { ExpressionOutline, Outline } from './outline.ts';

/** What happened to one expression in one evaluation of its rule. */
export interface ExpressionRecord {
  tried: number;
  held: number;
  readonly failures: SampleRecord[];
  success: SampleRecord | undefined;
  readonly rules: number[];
  readonly builtins: Map<string, number>;
  readonly errors: Set<string>;
}

export interface SampleRecord {
  readonly values: readonly { readonly at: PlanLocation | undefined; readonly named: NamedValue }[];
  readonly call: BuiltinCall | undefined;
}

/** One evaluation of a rule. */
export interface RuleRecord {
  readonly callee: PlanFunction;
  readonly outline: Outline;
  readonly args: readonly string[];
  value: string | undefined;
  readonly expressions: Map<ExpressionOutline, ExpressionRecord>;
  /** The guards that did not let their clause be tried. */
  readonly skipped: Set<Statement>;
}

/** What `internal.print` was given: an array of sets, each empty where a value is undefined. */
export function printed(operands: RegoValue | undefined, maxLength: number): string {
  if (!Array.isArray(operands)) return operands === undefined ? '' : excerpt(operands, undefined, maxLength);
  const words = operands.map((operand) => {
    const [value] = operand instanceof Set ? operand : [operand];
    if (value === undefined) return '<undefined>';
    return typeof value === 'string' ? cutText(value, maxLength) : excerpt(value, undefined, maxLength);
  });
  return words.join(' ');
}

/** What is kept of an expression in this evaluation of its rule. */
export function recordOf({ expressions }: RuleRecord, expression: ExpressionOutline): ExpressionRecord {
  let record = expressions.get(expression);
  if (record === undefined) {
    record = {
      tried: 0,
      held: 0,
      failures: [],
      success: undefined,
      rules: [],
      builtins: new Map(),
      errors: new Set(),
    };
    expressions.set(expression, record);
  }
  return record;
}
