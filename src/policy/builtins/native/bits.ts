import type { Builtin } from '../builtin.ts';
import { bigintOperand, operandError } from '../operands.ts';
import { checkShift, integerResult } from './exact-numbers.ts';

/** `bits.…` on integers of any size, negative ones in two's complement (v1/topdown/bits.go). */
export const bitBuiltins: readonly Builtin[] = [
  binary('bits.and', (x, y) => x & y),
  binary('bits.or', (x, y) => x | y),
  binary('bits.xor', (x, y) => x ^ y),
  binary('bits.lsh', shiftLeft),
  binary('bits.rsh', (value, shift) => value >> shiftOf(shift)),
  {
    name: 'bits.negate',
    effects: [],
    call: (_context, x) => integerResult(~bigintOperand(x, 1)),
  },
];

function binary(name: string, compute: (x: bigint, y: bigint) => bigint): Builtin {
  const call: Builtin['call'] = (_context, x, y) =>
    integerResult(compute(bigintOperand(x, 1), bigintOperand(y, 2)));
  return { name, effects: [], call };
}

function shiftLeft(value: bigint, by: bigint): bigint {
  const shift = shiftOf(by);
  checkShift(value, Number(shift));
  return value << shift;
}

/** OPA takes the lowest 64 bits. */
function shiftOf(value: bigint): bigint {
  if (value >= 0n) return BigInt.asUintN(64, value);
  throw operandError(2, 'must be an unsigned integer number but got a negative integer');
}
