import { ExactNumber, type RegoNumber, type RegoObject, type RegoSet, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { typeName } from './compare.ts';
import { numberToBigint, numberToInt64 } from './numbers.ts';

/**
 * Typed views of a builtin's operands, with the messages of OPA's v1/topdown/builtins/builtins.go. The compiler has
 * checked most types already; what it could not know (`input.x`) arrives here. Positions count from 1.
 */
export function operandError(position: number, text: string): BuiltinError {
  return new BuiltinError(`operand ${position} ${text}`);
}

export function typeError(position: number, got: RegoValue | undefined, ...expected: string[]): BuiltinError {
  const wanted = expected.length === 1 ? expected[0] : `one of {${expected.join(', ')}}`;
  return operandError(position, `must be ${wanted} but got ${got === undefined ? 'nothing' : typeName(got)}`);
}

/** Text: a string with bytes in it that are no UTF-8 (`byteText`) is refused, since nothing here could give the bytes back. */
export function stringOperand(value: RegoValue | undefined, position: number): string {
  if (typeof value !== 'string') throw typeError(position, value, 'string');
  if (!value.isWellFormed()) throw operandError(position, 'must be text in UTF-8');
  return value;
}

export function numberOperand(value: RegoValue | undefined, position: number): RegoNumber {
  if (typeof value === 'number' || value instanceof ExactNumber) return value;
  throw typeError(position, value, 'number');
}

/** An integer of 64 bits as OPA reads one. */
export function int64Operand(value: RegoValue | undefined, position: number): bigint {
  const integer = numberToInt64(numberOperand(value, position));
  if (integer !== undefined) return integer;
  throw operandError(position, 'must be integer number but got floating-point number');
}

/** As `int64Operand`; beyond ±2^53 the nearest double: callers count with it, they do not compute. */
export function intOperand(value: RegoValue | undefined, position: number): number {
  return Number(int64Operand(value, position));
}

/** An integer of any size, however it is written (`1.0`, `1e3`). */
export function bigintOperand(value: RegoValue | undefined, position: number): bigint {
  if (typeof value !== 'number' && !(value instanceof ExactNumber)) {
    throw typeError(position, value, 'integer');
  }
  const integer = numberToBigint(value);
  if (integer !== undefined) return integer;
  throw operandError(position, 'must be integer number but got floating-point number');
}

export function arrayOperand(value: RegoValue | undefined, position: number): RegoValue[] {
  if (Array.isArray(value)) return value;
  throw typeError(position, value, 'array');
}

export function objectOperand(value: RegoValue | undefined, position: number): RegoObject {
  if (value instanceof Map) return value;
  throw typeError(position, value, 'object');
}

export function setOperand(value: RegoValue | undefined, position: number): RegoSet {
  if (value instanceof Set) return value;
  throw typeError(position, value, 'set');
}

/** The strings of an array or a set of strings. */
export function stringsOperand(value: RegoValue | undefined, position: number): string[] {
  if (!Array.isArray(value) && !(value instanceof Set)) throw typeError(position, value, 'array', 'set');
  return Array.from(value, (element) => {
    if (typeof element === 'string') return element;
    const composite = typeName(value);
    throw operandError(
      position,
      `must be ${composite} of strings but got ${composite} containing ${typeName(element)}`,
    );
  });
}
