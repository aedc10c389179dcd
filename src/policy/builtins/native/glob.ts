import { LRUCache } from 'lru-cache';
import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { typeName } from '../compare.ts';
import { operandError, stringOperand, typeError } from '../operands.ts';
import { compileGlob, type GlobMatcher } from './glob-matcher.ts';
import { type GlobSequence, parseGlobPattern } from './glob-pattern.ts';

/** A glob that was read, and compiled for the delimiters that it came with. */
interface KnownGlob {
  readonly terms: GlobSequence;
  /** By the delimiters in a row: each is one character. */
  readonly matchers: Map<string, GlobMatcher>;
}

/** Globs by their text. A policy's own globs stay in; those made from input pass through. */
const known = new LRUCache<string, KnownGlob>({
  max: 256,
  maxSize: 256 * 1024,
  sizeCalculation: (_glob, text) => text.length + 1,
});

/** A policy has one or two; delimiters made from input must not pile up. */
const MAX_DELIMITERS = 4;

function match(pattern: RegoValue, delimiters: RegoValue, value: RegoValue): boolean {
  const text = stringOperand(pattern, 1);
  const separators = delimitersOperand(delimiters);
  const subject = stringOperand(value, 3);
  let glob = known.get(text);
  if (glob === undefined) known.set(text, (glob = { terms: parseGlobPattern(text), matchers: new Map() }));
  return matcherOf(glob, separators)(subject);
}

function matcherOf({ terms, matchers }: KnownGlob, separators: string): GlobMatcher {
  let matcher = matchers.get(separators);
  if (matcher === undefined) {
    if (matchers.size >= MAX_DELIMITERS) matchers.clear();
    matchers.set(separators, (matcher = compileGlob(terms, new Set(separators))));
  }
  return matcher;
}

/** The delimiters in a row: none for null; a dot for none. */
function delimitersOperand(value: RegoValue): string {
  if (value === null) return '';
  if (!Array.isArray(value)) throw typeError(2, value, 'array', 'null');
  if (value.length === 0) return '.';
  let row = '';
  for (const element of value) {
    if (typeof element !== 'string') {
      throw operandError(2, `must be array of strings but got array containing ${typeName(element)}`);
    }
    if (element.length !== 1 && Array.from(element).length !== 1) {
      throw operandError(2, 'must be array of runes but got array containing string');
    }
    row += element;
  }
  return row;
}

/** Globs as v1/topdown/glob.go. */
export const globBuiltins: readonly Builtin[] = [
  {
    name: 'glob.match',
    effects: [],
    call: (_context, pattern, delimiters, text) => match(pattern, delimiters, text),
  },
];
