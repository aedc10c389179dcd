import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { compareValues } from '../compare.ts';

/** Comparison of any two values in OPA's order of all values (v1/topdown/comparison.go). */
export const comparisonBuiltins: readonly Builtin[] = [
  comparison('equal', (order) => order === 0),
  comparison('neq', (order) => order !== 0),
  comparison('gt', (order) => order > 0),
  comparison('gte', (order) => order >= 0),
  comparison('lt', (order) => order < 0),
  comparison('lte', (order) => order <= 0),
];

function comparison(name: string, holds: (order: number) => boolean): Builtin {
  const call = (_: unknown, left: RegoValue, right: RegoValue): boolean => holds(compareValues(left, right));
  return { name, effects: [], call };
}
