import type { Builtin } from '../builtin.ts';
import { stringOperand } from '../operands.ts';

/** Trimming as Go's strings package (v1/topdown/strings.go): a cutset is the set of its code points. */

/** White space as Go's unicode.IsSpace has it: with U+0085 and without U+FEFF, unlike JavaScript's. */
const SPACE: ReadonlySet<string> = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

function trimLeft(text: string, cutset: ReadonlySet<string>): string {
  let start = 0;
  while (start < text.length) {
    const rune = String.fromCodePoint(text.codePointAt(start)!);
    if (!cutset.has(rune)) break;
    start += rune.length;
  }
  return text.slice(start);
}

function trimRight(text: string, cutset: ReadonlySet<string>): string {
  let end = text.length;
  while (end > 0) {
    const unit = text.charAt(end - 1);
    const rune = unit >= '\udc00' && unit <= '\udfff' ? text.slice(Math.max(end - 2, 0), end) : unit;
    if (!cutset.has(rune)) break;
    end -= rune.length;
  }
  return text.slice(0, end);
}

function affixBuiltin(name: string, apply: (text: string, operand: string) => string): Builtin {
  return {
    name,
    effects: [],
    call: (_context, text, operand) => apply(stringOperand(text, 1), stringOperand(operand, 2)),
  };
}

export const trimBuiltins: readonly Builtin[] = [
  affixBuiltin('trim', (text, cutset) => {
    const runes = new Set(cutset);
    return trimRight(trimLeft(text, runes), runes);
  }),
  affixBuiltin('trim_left', (text, cutset) => trimLeft(text, new Set(cutset))),
  affixBuiltin('trim_right', (text, cutset) => trimRight(text, new Set(cutset))),
  affixBuiltin('trim_prefix', (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  affixBuiltin('trim_suffix', (text, suffix) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  {
    name: 'trim_space',
    effects: [],
    call: (_context, text) => trimRight(trimLeft(stringOperand(text, 1), SPACE), SPACE),
  },
];
