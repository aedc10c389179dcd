import { VALUE, type Value } from './graphql-ast.ts';
import type { GraphqlBudget } from './graphql-error.ts';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Whether gqlparser's Value.Value gives no error: integers have 64 bits, also where a float is expected, floats are no
 * larger than a double. Of variables, their default.
 */
export function isReadable(value: Value, budget: GraphqlBudget): boolean {
  switch (value.Kind) {
    case VALUE.int:
      return isInt64(value.Raw);
    case VALUE.float:
      return isFloat(value.Raw);
    case VALUE.boolean:
      return /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value.Raw);
    case VALUE.list:
    case VALUE.object:
      budget.spend(value.Children.length);
      return budget.nested(() => value.Children.every((child) => isReadable(child.Value, budget)));
    case VALUE.variable: {
      const byDefault = value.VariableDefinition?.DefaultValue;
      return byDefault === undefined || budget.nested(() => isReadable(byDefault, budget));
    }
    default:
      return true;
  }
}

function isInt64(text: string): boolean {
  // Without the zeros in front, to make no integer of a million digits.
  const digits = /^[-+]?0*(\d{1,20})$/.exec(text)?.[1];
  if (digits === undefined) return false;
  const value = BigInt(text.startsWith('-') ? `-${digits}` : digits);
  return value >= MIN_INT64 && value <= MAX_INT64;
}

/** As strconv.ParseFloat, for which objects may hold more than documents can; without hexadecimal ones. */
function isFloat(text: string): boolean {
  if (/^(?:[-+]?inf(?:inity)?|nan)$/i.test(text)) return true;
  const decimal = /^[-+]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i;
  return decimal.test(text) && Number.isFinite(Number(text.replaceAll('_', '')));
}
