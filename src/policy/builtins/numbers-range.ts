import type { RegoNumber, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { bigintToNumber } from './numbers.ts';
import { bigintOperand } from './operands.ts';

/** More elements are refused: nothing could interrupt the builtin, where OPA would at its deadline. */
const MAX_ELEMENTS = 1_000_000n;

/** Of all numbers together; each may have thousands. */
const MAX_DIGITS = 16 * 1024 * 1024;

/** From the first number to the second, both inclusive, in steps of the third; downwards where the first is larger. */
export function rangeStep(from: RegoValue, to: RegoValue, step: RegoValue): RegoNumber[] {
  const start = bigintOperand(from, 1);
  const end = bigintOperand(to, 2);
  const width = bigintOperand(step, 3);
  if (width <= 0n) throw new BuiltinError('step must be a positive integer');
  const distance = end - start;
  const size = distance < 0n ? -distance : distance;
  const count = size / width + 1n;
  if (count > MAX_ELEMENTS) {
    throw new BuiltinError(`more than ${MAX_ELEMENTS} numbers in range`);
  }
  const digits = Math.max(String(start).length, String(end).length);
  if (Number(count) * digits > MAX_DIGITS) throw new BuiltinError(`more than ${MAX_DIGITS} digits in range`);
  const stride = distance < 0n ? -width : width;
  return Array.from({ length: Number(count) }, (_, i) => bigintToNumber(start + BigInt(i) * stride));
}

export const rangeBuiltins: readonly Builtin[] = [
  {
    name: 'numbers.range_step',
    effects: [],
    call: (_context, from, to, step) => rangeStep(from, to, step),
  },
];
