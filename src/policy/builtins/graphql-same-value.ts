import { compareStrings } from './compare.ts';
import { type Argument, type ChildValue, VALUE, type Value } from './graphql-ast.ts';
import type { GraphqlBudget } from './graphql-error.ts';

/** Whether two fields are asked for with the same arguments, in any order. */
export function sameArguments(
  left: readonly Argument[],
  right: readonly Argument[],
  budget: GraphqlBudget,
): boolean {
  if (left.length !== right.length) return false;
  return left.every(({ Name, Value: value }) =>
    right.some((other) => {
      budget.spend(1);
      return other.Name === Name && sameValue(value, other.Value, budget);
    }),
  );
}

/** The order of an object's members does not count; numbers are the same as they are written. */
function sameValue(left: Value, right: Value, budget: GraphqlBudget): boolean {
  if (left.Kind !== right.Kind || left.Raw !== right.Raw) return false;
  if (left.Children.length !== right.Children.length) return false;
  budget.spend(left.Children.length);
  const others = ordered(right);
  return budget.nested(() =>
    ordered(left).every(({ Name, Value: value }, i) => {
      const other = others[i]!;
      return Name === other.Name && sameValue(value, other.Value, budget);
    }),
  );
}

function ordered({ Kind, Children }: Value): readonly ChildValue[] {
  if (Kind !== VALUE.object) return Children;
  return Children.toSorted((left, right) => compareStrings(left.Name, right.Name));
}
