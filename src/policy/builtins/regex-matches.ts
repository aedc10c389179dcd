import { MatcherInput, type RE2JS } from 're2js';
import { BuiltinError } from './builtin.ts';
import { indexOf } from './run-search.ts';

/**
 * Each search takes linear time, but the next one may go through the same text again: `a+b|a` looks from each `a` to the
 * end. So a call has a budget: characters looked at, times the pattern's instructions, up to nine nanoseconds each. A
 * pattern for e-mail addresses needs 0.43 × 10^6 for a thousand characters, one for words 0.02 × 10^6.
 */
const MAX_WORK = 200_000_000;

/** One match: start and end of the whole and of each group, in UTF-16 units; -1 for a group that took no part. */
export type MatchIndices = readonly number[];

/**
 * The successive matches as Go's regexp finds them: an empty match right after the match before it does not count.
 * `limit` is negative for all of them. Throws BuiltinError when they take too much work.
 */
export function* findMatches(
  regex: RE2JS,
  text: string,
  limit: number,
  groups: number = 0,
): Generator<MatchIndices, void, void> {
  const matcher = regex.matcher(MatcherInput.utf16(meteredText(regex, text)));
  const edges = Array.from({ length: groups + 1 }, (_, group) => group);
  let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  for (let previousEnd = -1; left > 0 && matcher.find(); ) {
    if (matcher.start() !== matcher.end() || matcher.start() !== previousEnd) {
      yield edges.flatMap((group) => [matcher.start(group), matcher.end(group)]);
      left--;
    }
    previousEnd = matcher.end();
  }
}

/** Whether the pattern matches anywhere in the text. Throws BuiltinError when that takes too much work. */
export function hasMatch(regex: RE2JS, text: string): boolean {
  // One search looks at each character some few times: short texts, the usual ones, need no counting, which takes longer than the search.
  const isShort = text.length * LOOKS_OF_A_SEARCH < maxLooks(regex);
  return regex.test(isShort ? text : meteredText(regex, text));
}

/** More than any engine of the library looks at a character in one search; its searches take linear time. */
const LOOKS_OF_A_SEARCH = 64;

/** The library takes what calls itself a String, too; the types do not say so. */
function meteredText(regex: RE2JS, text: string): string {
  return new MeteredText(text, maxLooks(regex)) as unknown as string;
}

/** How often characters may be looked at. */
function maxLooks(regex: RE2JS): number {
  return MAX_WORK / regex.programSize();
}

/**
 * A text that counts how often a character of it is looked at. It has what the library asks of a text and is no subclass of String: one
 * alone has V8 keep String.prototype as a dictionary, and each call of a method of a string, in the whole process, takes ten times as long.
 */
class MeteredText {
  readonly #text: string;
  #left: number;

  constructor(text: string, budget: number) {
    this.#text = text;
    this.#left = budget;
  }

  get [Symbol.toStringTag](): string {
    return 'String';
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    if (--this.#left < 0) throw new BuiltinError('the pattern takes too much work on this text');
    return this.#text.charCodeAt(index);
  }

  /** For what a pattern must begin with or contain. A long one is looked for in linear time. */
  indexOf(wanted: string, from: number = 0): number {
    return indexOf(this.#text, wanted, from);
  }
}
