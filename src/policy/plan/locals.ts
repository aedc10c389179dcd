import type { RegoValue } from '../value.ts';
import { unset } from './faults.ts';
import type { Operand, Statement } from './ir.ts';
import { END, LEFT, type Outcome } from './outcome.ts';

export type Value = RegoValue | undefined;

/** The locals of one call; undefined until they are set. */
export type Locals = Value[];

export function newLocals(count: number): Locals {
  const locals: Locals = [];
  for (let i = 0; i < count; i++) locals.push(undefined);
  return locals;
}

export function read(operand: Operand, locals: Locals): Value {
  return 'local' in operand ? locals[operand.local] : operand.constant;
}

/** As `read`, where the planner has made sure that there is a value. */
export function valueOf(operand: Operand, locals: Locals, statement: Statement): RegoValue {
  const value = read(operand, locals);
  return value === undefined ? unset(statement) : value;
}

/** Sets the target of a statement that is undefined without a value. */
export function assign(target: number, value: Value, locals: Locals): Outcome {
  locals[target] = value;
  return value === undefined ? LEFT : END;
}

/** What CallDynamic finds a function by; a segment that is no string is in none. */
export function pathKey(path: readonly Value[]): string {
  return JSON.stringify(path.map((segment) => (typeof segment === 'string' ? segment : null)));
}
