import { ExactNumber, type RegoNumber, type RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { sprintf } from './go-format.ts';
import type { GoValue } from './go-value.ts';
import { MAX_INTEGER_DIGITS, numberText } from './numbers.ts';
import { arrayOperand, stringOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** `sprintf(format, values)`: Go's fmt over what OPA makes of the values (v1/topdown/strings.go). */
export const sprintfBuiltins: readonly Builtin[] = [
  {
    name: 'sprintf',
    effects: [],
    call: (_, format, values) =>
      sprintf(stringOperand(format, 1), arrayOperand(values, 2).map(formatArgument)),
  },
];

/** Numbers become int64, big.Int or float64 by how they are written; all but strings become their Rego text. */
function formatArgument(value: RegoValue): GoValue {
  if (typeof value === 'number' || value instanceof ExactNumber) return numberArgument(value);
  return { kind: 'string', type: 'string', value: typeof value === 'string' ? value : regoText(value) };
}

function numberArgument(value: RegoNumber): GoValue {
  const text = numberText(value);
  if (/[.eE]/.test(text)) {
    const float = Number(text);
    return Number.isFinite(float)
      ? { kind: 'float', value: float }
      : { kind: 'string', type: 'string', value: text };
  }
  if (text.length > MAX_INTEGER_DIGITS) {
    throw new BuiltinError(`integer of ${text.length} digits is longer than ${MAX_INTEGER_DIGITS}`);
  }
  const integer = BigInt(text);
  const small = BigInt.asIntN(64, integer) === integer && /^-?\d{1,19}$/.test(text);
  return small ? { kind: 'int', type: 'int64', value: integer } : { kind: 'big', value: integer };
}
