import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { arrayOperand, intOperand } from '../operands.ts';

/** `array.…` (v1/topdown/array.go). */
export const arrayBuiltins: readonly Builtin[] = [
  {
    name: 'array.concat',
    effects: [],
    call: (_context, first, second) => arrayOperand(first, 1).concat(arrayOperand(second, 2)),
  },
  {
    name: 'array.flatten',
    effects: [],
    call: (_context, array) => arrayOperand(array, 1).flat() as RegoValue[],
  },
  { name: 'array.reverse', effects: [], call: (_context, array) => arrayOperand(array, 1).toReversed() },
  {
    name: 'array.slice',
    effects: [],
    call: (_context, array, start, stop) =>
      slice(arrayOperand(array, 1), intOperand(start, 2), intOperand(stop, 3)),
  },
];

/** Positions beyond either end are that end; nothing when they are the wrong way round. */
function slice(array: RegoValue[], start: number, stop: number): RegoValue[] {
  return array.slice(Math.max(start, 0), Math.max(stop, 0));
}
