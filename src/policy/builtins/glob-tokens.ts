import { BuiltinError } from './builtin.ts';

/** One place of a glob: a character, any character (`.`) or a set (`[a-z]`), once or repeated. */
export interface GlobToken {
  /** Its characters as sorted, disjoint ranges of code points, inclusive; undefined for any character. */
  readonly characters: readonly CharacterRange[] | undefined;
  readonly isSet: boolean;
  readonly repeat: '' | '+' | '*';
}

export type CharacterRange = readonly [from: number, to: number];

/** Reads a glob. `\` escapes. Neighbouring repetitions of the same place become one. Throws BuiltinError. */
export function parseGlob(text: string): GlobToken[] {
  const runes = Array.from(text);
  const tokens: GlobToken[] = [];
  for (let i = 0; i < runes.length; ) {
    const [place, next] = parsePlace(runes, i);
    const follower = runes[next];
    const repeat = follower === '*' || follower === '+' ? follower : '';
    pushToken(tokens, { ...place, repeat });
    i = next + repeat.length;
  }
  return tokens;
}

type Place = Pick<GlobToken, 'characters' | 'isSet'>;

function pushToken(tokens: GlobToken[], token: GlobToken): void {
  const last = tokens.at(-1);
  const repeats = last !== undefined && last.repeat !== '' && token.repeat !== '';
  if (!repeats || !samePlace(last, token)) {
    tokens.push(token);
    return;
  }
  const repeat = last.repeat === '+' || token.repeat === '+' ? '+' : '*';
  tokens[tokens.length - 1] = { ...last, repeat };
}

function samePlace(a: Place, b: Place): boolean {
  return a.isSet === b.isSet && String(a.characters) === String(b.characters);
}

function parsePlace(runes: readonly string[], i: number): [place: Place, next: number] {
  const rune = runes[i]!;
  switch (rune) {
    case '.':
      return [{ characters: undefined, isSet: false }, i + 1];
    case '[':
      return parseSet(runes, i + 1);
    case ']':
      throw invalid(runes, i + 1, "set-close ']' with no preceding '['");
    case '*':
    case '+':
      throw invalid(runes, i + 1, `flag '${rune}' must be preceded by a non-flag`);
    default: {
      const [code, next] = parseRune(runes, i);
      return [{ characters: [[code, code]], isSet: false }, next];
    }
  }
}

function parseRune(runes: readonly string[], i: number): [code: number, next: number] {
  const at = runes[i] === '\\' ? i + 1 : i;
  const rune = runes[at];
  if (rune === undefined) throw invalid(runes, i, 'input ends with a \\ (escape) character');
  return [rune.codePointAt(0)!, at + 1];
}

function parseSet(runes: readonly string[], start: number): [place: Place, next: number] {
  const ranges: [number, number][] = [];
  let previous: number | undefined;
  for (let i = start; i < runes.length; ) {
    if (runes[i] === ']') return [{ characters: mergeRanges(ranges), isSet: true }, i + 1];
    if (runes[i] !== '-') {
      const [code, next] = parseRune(runes, i);
      ranges.push([code, code]);
      previous = code;
      i = next;
      continue;
    }
    const end = runes[i + 1];
    if (previous === undefined)
      throw invalid(runes, i + 1, "range character '-' must be preceded by a Unicode character");
    if (end === undefined || end === ']' || end === '-') {
      throw invalid(runes, i + 1, "range character '-' must be followed by a Unicode character");
    }
    const [to, next] = parseRune(runes, i + 1);
    if (to < previous) throw invalid(runes, i, 'range is out of order');
    ranges.push([previous, to]);
    previous = undefined;
    i = next;
  }
  throw invalid(runes, start, 'found [ without matching ]');
}

function mergeRanges(ranges: readonly CharacterRange[]): CharacterRange[] {
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function invalid(runes: readonly string[], position: number, why: string): BuiltinError {
  return new BuiltinError(`input:${runes.join('')}, pos:${position}, ${why}: the input provided is invalid`);
}
