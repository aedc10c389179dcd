import { matchesGlob } from './glob-match.ts';
import type { GlobSequence, GlobTerm } from './glob-pattern.ts';

/** A glob with its delimiters, ready to be asked. Throws BuiltinError where an answer takes too much work. */
export type GlobMatcher = (text: string) => boolean;

/** Globs with more ways through their `{…}` are left to `matchesGlob`. */
const MAX_WAYS = 16;
/** Places in the middle of a glob that are followed at once: the bits of a number, less those for the end and the sign. */
const MAX_MIDDLE_TERMS = 30;
const ASCII = 128;

/** Whether a part of a text matches; undefined where it has a character beyond ASCII. */
type PartMatcher = (text: string, from: number, to: number) => boolean | undefined;

/**
 * Compiles a glob. Most are words around a few wildcards: what a text must begin and end with is compared at once, and what is
 * between is followed character by character, all places of the glob together as bits of a number ("shift-and"), in linear time and
 * without allocating. Other globs, and wildcards over characters beyond ASCII, are left to `matchesGlob`, which answers the same.
 */
export function compileGlob(glob: GlobSequence, delimiters: ReadonlySet<string>): GlobMatcher {
  const general: GlobMatcher = (text) => matchesGlob(glob, delimiters, text);
  const ways: ((text: string) => boolean | undefined)[] = [];
  for (const way of waysThrough(glob) ?? []) {
    const matcher = compileWay(way, delimiters);
    if (matcher === undefined) return general;
    ways.push(matcher);
  }
  if (ways.length === 0) return general;
  return (text) => {
    for (const way of ways) {
      const matches = way(text);
      if (matches !== false) return matches ?? general(text);
    }
    return false;
  };
}

/** The sequences without alternatives that together say what a glob says; undefined when they are many. */
function waysThrough(glob: GlobSequence): readonly GlobSequence[] | undefined {
  let ways: GlobSequence[] = [[]];
  for (const term of glob) {
    const ends: GlobSequence[] = [];
    if (term.kind !== 'either') ends.push([term]);
    else {
      for (const alternative of term.alternatives) {
        const inner = waysThrough(alternative);
        if (inner === undefined) return undefined;
        ends.push(...inner);
      }
    }
    if (ways.length * ends.length > MAX_WAYS) return undefined;
    ways = ways.flatMap((way) => ends.map((end) => way.concat(end)));
  }
  return ways;
}

function compileWay(
  glob: GlobSequence,
  delimiters: ReadonlySet<string>,
): ((text: string) => boolean | undefined) | undefined {
  const first = glob.findIndex(({ kind }) => kind !== 'rune');
  if (first === -1) {
    const word = wordOf(glob);
    return (text) => text === word;
  }
  const last = glob.findLastIndex(({ kind }) => kind !== 'rune');
  const prefix = wordOf(glob.slice(0, first));
  const suffix = wordOf(glob.slice(last + 1));
  const middle = compileMiddle(glob.slice(first, last + 1), delimiters);
  if (middle === undefined) return undefined;
  const fixedLength = prefix.length + suffix.length;
  return (text) => {
    if (text.length < fixedLength || !text.startsWith(prefix) || !text.endsWith(suffix)) return false;
    return middle(text, prefix.length, text.length - suffix.length);
  };
}

function compileMiddle(terms: GlobSequence, delimiters: ReadonlySet<string>): PartMatcher | undefined {
  const [only] = terms;
  if (terms.length === 1 && only?.kind === 'star' && only.crossing) return () => true;
  if (terms.length > MAX_MIDDLE_TERMS) return undefined;
  const stars = bits(terms, ({ kind }) => kind === 'star');
  const end = 1 << terms.length;
  const runes = Array.from({ length: ASCII }, (_, code) => String.fromCharCode(code));
  /** By character: which places it leads on from, and at which, those of stars, it stays. */
  const on = Int32Array.from(runes, (rune) =>
    bits(terms, (term) => term.kind !== 'star' && takes(term, rune, delimiters)),
  );
  const stay = Int32Array.from(runes, (rune) =>
    bits(terms, (term) => term.kind === 'star' && takes(term, rune, delimiters)),
  );
  return (text, from, to) => {
    let places = skipStars(1, stars);
    for (let at = from; at < to && places !== 0; at++) {
      const code = text.charCodeAt(at);
      if (code >= ASCII) return undefined;
      places = skipStars(((places & on[code]!) << 1) | (places & stay[code]!), stars);
    }
    return (places & end) !== 0;
  };
}

/** A star takes nothing, too: whoever stands before one also stands behind it. */
function skipStars(places: number, stars: number): number {
  let all = places;
  for (let before = all & stars; before !== 0; ) {
    const behind = (before << 1) & ~all;
    all |= behind;
    before = behind & stars;
  }
  return all;
}

/** Whether a term takes a character of ASCII. */
function takes(term: GlobTerm, rune: string, delimiters: ReadonlySet<string>): boolean {
  switch (term.kind) {
    case 'rune':
      return term.rune === rune;
    case 'star':
      return term.crossing || !delimiters.has(rune);
    case 'any':
      return !delimiters.has(rune);
    case 'set':
      return term.runes.has(rune) !== term.not;
    case 'range':
      return (term.low <= rune && rune <= term.high) !== term.not;
    case 'either':
    default:
      return false;
  }
}

function bits(terms: GlobSequence, holds: (term: GlobTerm) => boolean): number {
  return terms.reduce((sum, term, index) => (holds(term) ? sum | (1 << index) : sum), 0);
}

function wordOf(terms: GlobSequence): string {
  return terms.map((term) => (term.kind === 'rune' ? term.rune : '')).join('');
}
