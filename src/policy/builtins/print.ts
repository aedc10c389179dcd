import { ExactNumber, type RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { sortedElements, typeName } from './compare.ts';
import { arrayOperand, stringOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** Beyond this many lines or characters one `print` stops: its arguments may multiply. */
const MAX_LINES = 1_000;
const MAX_CHARACTERS = 1024 * 1024;

/**
 * The lines that the compiled form of `print(…)` stands for. Each part is a scalar or the set of values that
 * an argument has: none shows as `<undefined>`, several give a line each, in all combinations, the last part changing first.
 */
function* linesOf(parts: readonly RegoValue[]): Generator<string, void, void> {
  const texts = parts.map(textsOf);
  const total = texts.reduce((product, each) => Math.min(product * each.length, MAX_LINES), 1);
  let characters = 0;
  for (let i = 0; i < total && characters <= MAX_CHARACTERS; i++) {
    const line: string[] = [];
    let rest = i;
    for (const each of texts.toReversed()) {
      line.unshift(each[rest % each.length]!);
      rest = Math.floor(rest / each.length);
    }
    const text = line.join(' ');
    characters += text.length;
    yield text;
  }
}

/** The texts that a part stands for: one of a scalar, `<undefined>` for the empty set. A composite fails the evaluation. */
export function textsOf(part: RegoValue): string[] {
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
