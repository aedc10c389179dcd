import { WorkBudget } from '../work-budget.ts';
import type { GlobSequence, GlobTerm } from './glob-pattern.ts';

/** Positions that one call may look at. They grow with the product of both lengths. */
const MAX_STEPS = 20_000_000;

/** Whether a glob matches the whole text. Never backtracks: it follows all positions at once. Throws BuiltinError. */
export function matchesGlob(glob: GlobSequence, delimiters: ReadonlySet<string>, text: string): boolean {
  const walk = new Walk(Array.from(text), delimiters);
  return walk.sequence(glob, [0]).at(-1) === walk.end;
}

/** Places in a text: each term turns the sorted places where it may begin into those where it may end. */
class Walk {
  readonly end: number;
  readonly #runes: readonly string[];
  readonly #delimiters: ReadonlySet<string>;
  readonly #budget = new WorkBudget('the glob takes too much work on this text', MAX_STEPS);

  constructor(runes: readonly string[], delimiters: ReadonlySet<string>) {
    this.#runes = runes;
    this.#delimiters = delimiters;
    this.end = runes.length;
  }

  sequence(terms: GlobSequence, starts: readonly number[]): readonly number[] {
    let places = starts;
    for (const term of terms) {
      if (places.length === 0) break;
      places = this.#after(term, places);
    }
    return places;
  }

  #after(term: GlobTerm, places: readonly number[]): readonly number[] {
    this.#budget.spend(places.length);
    switch (term.kind) {
      case 'star':
        return this.#afterStar(places, term.crossing);
      case 'either': {
        const ends = term.alternatives.map((alternative) => this.sequence(alternative, places));
        return this.#union(ends);
      }
      case 'rune':
      case 'any':
      case 'set':
      case 'range':
      default:
        return places
          .filter((place) => place < this.end && this.#fits(term, this.#runes[place]!))
          .map((place) => place + 1);
    }
  }

  /** From each place up to the next delimiter. */
  #afterStar(places: readonly number[], crossing: boolean): number[] {
    const ends: number[] = [];
    let from = 0;
    for (const place of places) {
      // Where an earlier place got past this one, it got as far as this one does.
      if (place < from) continue;
      for (let at = place; at <= this.end; at++) {
        this.#budget.spend(1);
        ends.push(at);
        from = at + 1;
        if (at < this.end && !crossing && this.#delimiters.has(this.#runes[at]!)) break;
      }
    }
    return ends;
  }

  #fits(term: Exclude<GlobTerm, { kind: 'star' | 'either' }>, rune: string): boolean {
    switch (term.kind) {
      case 'rune':
        return rune === term.rune;
      case 'any':
        return !this.#delimiters.has(rune);
      case 'set':
        return term.runes.has(rune) !== term.not;
      case 'range':
      default: {
        const code = rune.codePointAt(0)!;
        return (term.low.codePointAt(0)! <= code && code <= term.high.codePointAt(0)!) !== term.not;
      }
    }
  }

  #union(lists: readonly (readonly number[])[]): readonly number[] {
    const found = lists.filter((list) => list.length > 0);
    if (found.length <= 1) return found[0] ?? [];
    const all = new Set(found.flat());
    this.#budget.spend(all.size);
    return [...all].sort((a, b) => a - b);
  }
}
