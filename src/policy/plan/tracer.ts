import type { RegoValue } from '../value.ts';
import type { EntrypointPlan, PlanFunction, Statement } from './ir.ts';

/** Values of locals while a statement is looked at; undefined where a local has none. Do not change or keep them. */
export type Locals = readonly (RegoValue | undefined)[];

/** Watches an evaluation of a plan, step by step. Called only when given; it must not throw. */
export interface PlanTracer {
  /** A rule, function or entrypoint begins. `args` are those of the call: input, data, then the function's own. */
  enter(callee: PlanFunction | EntrypointPlan, args: Locals): void;
  /** It ends, by an error too; undefined when it gave no value. */
  leave(callee: PlanFunction | EntrypointPlan, result: RegoValue | undefined): void;
  /** A rule was asked before in this evaluation, with the same input and data: its value is remembered. */
  remembered(callee: PlanFunction, result: RegoValue | undefined): void;
  /** Before a statement. */
  step(statement: Statement, locals: Locals): void;
  /** The statement was undefined, so that its block ended there. Not called for Break and Return. */
  undefinedAt(statement: Statement, locals: Locals): void;
  /** A builtin gave a value, or none, with the message when it erred. */
  builtin(
    name: string,
    args: readonly RegoValue[],
    result: RegoValue | undefined,
    error: string | undefined,
  ): void;
}
