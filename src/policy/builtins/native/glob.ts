import { LRUCache } from 'lru-cache';
import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { typeName } from '../compare.ts';
import { operandError, stringOperand, typeError } from '../operands.ts';
import { matchesGlob } from './glob-match.ts';
import { type GlobSequence, parseGlobPattern } from './glob-pattern.ts';

/** Globs that were read, by their text. A policy's own globs stay in; those made from input pass through. */
const parsed = new LRUCache<string, GlobSequence>({
  max: 256,
  maxSize: 256 * 1024,
  sizeCalculation: (_glob, text) => text.length + 1,
});

function match(pattern: RegoValue, delimiters: RegoValue, value: RegoValue): boolean {
  const glob = stringOperand(pattern, 1);
  const separators = delimitersOperand(delimiters);
  const text = stringOperand(value, 3);
  let terms = parsed.get(glob);
  if (terms === undefined) parsed.set(glob, (terms = parseGlobPattern(glob)));
  return matchesGlob(terms, separators, text);
}

/** None for null; a dot for none. */
function delimitersOperand(value: RegoValue): ReadonlySet<string> {
  if (value === null) return new Set();
  if (!Array.isArray(value)) throw typeError(2, value, 'array', 'null');
  if (value.length === 0) return new Set('.');
  return new Set(
    value.map((element) => {
      if (typeof element !== 'string') {
        throw operandError(2, `must be array of strings but got array containing ${typeName(element)}`);
      }
      if (Array.from(element).length === 1) return element;
      throw operandError(2, 'must be array of runes but got array containing string');
    }),
  );
}

/** Globs as v1/topdown/glob.go. */
export const globBuiltins: readonly Builtin[] = [
  {
    name: 'glob.match',
    effects: [],
    call: (_context, pattern, delimiters, text) => match(pattern, delimiters, text),
  },
];
