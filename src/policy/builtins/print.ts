import { ExactNumber, type RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { sortedElements, typeName } from './compare.ts';
import { arrayOperand, stringOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** Beyond this many lines one `print` stops: its arguments may multiply. */
const MAX_LINES = 1_000;

/**
 * The lines that the compiled form of `print(…)` stands for. Each part is a scalar or the set of values that
 * an argument has: none shows as `<undefined>`, several give a line each, in all combinations.
 */
function linesOf(parts: readonly RegoValue[]): string[] {
  let lines: string[][] = [[]];
  for (const part of parts) {
    const texts = textsOf(part);
    lines = lines.flatMap((line) => texts.map((text) => line.concat(text))).slice(0, MAX_LINES);
  }
  return lines.map((line) => line.join(' '));
}

function textsOf(part: RegoValue): string[] {
  if (part instanceof Set) {
    return part.size === 0 ? ['<undefined>'] : sortedElements(part).map(textOf);
  }
  const isScalar = part === null || typeof part !== 'object' || part instanceof ExactNumber;
  if (isScalar) return [textOf(part)];
  throw new BuiltinError(`illegal argument type: ${typeName(part)}`, { halt: true });
}

function textOf(value: RegoValue): string {
  return typeof value === 'string' ? value : regoText(value);
}

export const printBuiltins: readonly Builtin[] = [
  {
    name: 'internal.print',
    effects: ['print'],
    // OPA gives no value and goes on; in a module undefined would end the rule.
    call: (context, parts) => {
      for (const line of linesOf(arrayOperand(parts, 1))) context.print(line);
      return true;
    },
  },
  {
    name: 'trace',
    effects: ['print'],
    call: (context, note) => {
      context.print(stringOperand(note, 1));
      return true;
    },
  },
];
