import type { RegoValue } from '../value.ts';
import { anyPrefix, anySuffix } from './affixes.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { typeName } from './compare.ts';
import { runeCount } from './go-flags.ts';
import { intOperand, operandError, stringOperand, stringsOperand } from './operands.ts';
import { runStarts, separate } from './run-search.ts';

/** String builtins that OPA's module leaves to the host (v1/topdown/strings.go). Positions and counts are in runes. */
export const stringBuiltins: readonly Builtin[] = [
  {
    name: 'strings.any_prefix_match',
    effects: [],
    call: (_, search, base) => anyPrefix(affixes(search, 1), affixes(base, 2)),
  },
  {
    name: 'strings.any_suffix_match',
    effects: [],
    call: (_, search, base) => anySuffix(affixes(search, 1), affixes(base, 2)),
  },
  {
    name: 'strings.count',
    effects: [],
    call: (_, search, substring) => count(stringOperand(search, 1), stringOperand(substring, 2)),
  },
  {
    name: 'strings.split_n',
    effects: [],
    call: (_, text, delimiter, n) =>
      splitN(stringOperand(text, 1), stringOperand(delimiter, 2), intOperand(n, 3)),
  },
  {
    name: 'indexof_n',
    effects: [],
    call: (_, text, search) => indexes(stringOperand(text, 1), stringOperand(search, 2)),
  },
];

/** One string or several. */
function affixes(value: RegoValue | undefined, position: number): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) || value instanceof Set) return stringsOperand(value, position);
  const got = value === undefined ? 'nothing' : typeName(value);
  throw operandError(position, `must be one of {string, set, array} but got ${got}`);
}

/** Occurrences that do not overlap; the empty string stands before, between and after the runes, as in Go. */
function count(text: string, substring: string): number {
  if (substring === '') return runeCount(text) + 1;
  return separate(text, substring).length - 1;
}

/** The first n parts, or with a negative n the last ones; the rest is left out, not kept in the last part. */
function splitN(text: string, delimiter: string, n: number): string[] {
  if (n === 0) return [];
  const parts = delimiter === '' ? Array.from(text) : separate(text, delimiter);
  if (n < 0) return parts.slice(Math.max(parts.length + n, 0));
  return parts.slice(0, n);
}

/** All positions in runes, overlapping ones too. */
function indexes(text: string, search: string): number[] {
  if (search === '') throw new BuiltinError('empty search character');
  const found: number[] = [];
  let runes = 0;
  let at = 0;
  for (const start of runStarts(text, search, Object.is)) {
    runes += runeCount(text.slice(at, start));
    at = start;
    found.push(runes);
  }
  return found;
}
