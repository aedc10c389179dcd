import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { typeName } from './compare.ts';
import { runeCount } from './go-flags.ts';
import { intOperand, operandError, stringOperand, stringsOperand } from './operands.ts';

/** String builtins that OPA's module leaves to the host (v1/topdown/strings.go). Positions and counts are in runes. */
export const stringBuiltins: readonly Builtin[] = [
  {
    name: 'strings.any_prefix_match',
    effects: [],
    call: (_, search, base) => anyMatch(search, base, (text, prefix) => text.startsWith(prefix)),
  },
  {
    name: 'strings.any_suffix_match',
    effects: [],
    call: (_, search, base) => anyMatch(search, base, (text, suffix) => text.endsWith(suffix)),
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

type Match = (text: string, affix: string) => boolean;

/** One string or several against one affix or several. The operands' types are checked before anything matches. */
function anyMatch(search: RegoValue | undefined, base: RegoValue | undefined, match: Match): boolean {
  const texts = affixes(search, 1);
  const bases = affixes(base, 2);
  return texts.some((text) => bases.some((affix) => match(text, affix)));
}

function affixes(value: RegoValue | undefined, position: number): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) || value instanceof Set) return stringsOperand(value, position);
  const got = value === undefined ? 'nothing' : typeName(value);
  throw operandError(position, `must be one of {string, set, array} but got ${got}`);
}

/** Occurrences that do not overlap; the empty string stands before, between and after the runes, as in Go. */
function count(text: string, substring: string): number {
  if (substring === '') return runeCount(text) + 1;
  return text.split(substring).length - 1;
}

/** The first n parts, or with a negative n the last ones; the rest is left out, not kept in the last part. */
function splitN(text: string, delimiter: string, n: number): string[] {
  if (n === 0) return [];
  const parts = delimiter === '' ? Array.from(text) : text.split(delimiter);
  if (n < 0) return parts.slice(Math.max(parts.length + n, 0));
  return parts.slice(0, n);
}

/** All positions in runes, overlapping ones too. */
function indexes(text: string, search: string): number[] {
  if (search === '') throw new BuiltinError('empty search character');
  const found: number[] = [];
  let runes = 0;
  for (let i = 0; i < text.length; runes++) {
    if (text.startsWith(search, i)) found.push(runes);
    i += text.codePointAt(i)! > 0xffff ? 2 : 1;
  }
  return found;
}
