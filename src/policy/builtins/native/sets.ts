import { ExactNumber, type RegoSet, type RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { hasElement } from '../collections.ts';
import { sortedElements } from '../compare.ts';
import { setOperand, typeError } from '../operands.ts';
import { minus } from './arithmetic.ts';
import { setOf } from './distinct.ts';

/** Sets, and `minus`, which is for numbers as well (v1/topdown/sets.go, binary.go, arithmetic.go). */
export const setBuiltins: readonly Builtin[] = [
  { name: 'and', effects: [], call: (_, x, y) => intersection(setOperand(x, 1), setOperand(y, 2)) },
  { name: 'or', effects: [], call: (_, x, y) => union([setOperand(x, 1), setOperand(y, 2)]) },
  { name: 'set_diff', effects: [], call: (_, x, y) => difference(setOperand(x, 1), setOperand(y, 2)) },
  {
    name: 'intersection',
    effects: [],
    call: (_, sets) =>
      setsOf(sets).reduce<RegoSet | undefined>(
        (common, set) => (common === undefined ? set : intersection(common, set)),
        undefined,
      ) ?? new Set(),
  },
  { name: 'union', effects: [], call: (_, sets) => union(setsOf(sets)) },
  { name: 'minus', effects: [], call: (_, x, y) => numbersOrSets(x, y) },
];

function setsOf(sets: RegoValue | undefined): RegoSet[] {
  return sortedElements(setOperand(sets, 1)).map((set) => setOperand(set, 1));
}

/** Elements of the smaller set: of equal numbers its text counts. */
function intersection(left: RegoSet, right: RegoSet): RegoSet {
  const [fewer, others] = right.size < left.size ? [right, left] : [left, right];
  return new Set([...fewer].filter((element) => hasElement(others, element)));
}

function difference(left: RegoSet, right: RegoSet): RegoSet {
  return new Set([...left].filter((element) => !hasElement(right, element)));
}

/** Of equal elements the first counts. */
function union(sets: readonly RegoSet[]): RegoSet {
  return setOf(sets.flatMap((set) => [...set]));
}

function numbersOrSets(left: RegoValue | undefined, right: RegoValue | undefined): RegoValue {
  if (isNumber(left)) {
    if (isNumber(right)) return minus(left, right);
    throw typeError(2, right, 'number');
  }
  if (!(left instanceof Set)) throw typeError(1, left, 'number', 'set');
  if (right instanceof Set) return difference(left, right);
  throw typeError(2, right, isNumber(right) ? 'set' : 'number');
}

function isNumber(value: RegoValue | undefined): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}
