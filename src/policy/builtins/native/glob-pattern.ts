import { BuiltinError } from '../builtin.ts';

/** One term of a glob as OPA's library (gobwas/glob 1.0) reads it. */
export type GlobTerm =
  | { readonly kind: 'rune'; readonly rune: string }
  /** `?`: one character that is no delimiter. */
  | { readonly kind: 'any' }
  /** `*`: characters that are no delimiters; `**`: any characters. */
  | { readonly kind: 'star'; readonly crossing: boolean }
  | { readonly kind: 'range'; readonly low: string; readonly high: string; readonly not: boolean }
  | { readonly kind: 'set'; readonly runes: ReadonlySet<string>; readonly not: boolean }
  | { readonly kind: 'either'; readonly alternatives: readonly GlobSequence[] };

export type GlobSequence = readonly GlobTerm[];

/** Deeper nesting of `{…}` is refused. */
const MAX_DEPTH = 100;

/** Reads a glob. `\` escapes; a comma or `}` outside of `{…}` is text. Throws BuiltinError. */
export function parseGlobPattern(text: string): GlobSequence {
  return new Reader(text).pattern();
}

class Reader {
  readonly #runes: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#runes = Array.from(text);
  }

  pattern(): GlobSequence {
    return this.#sequence(0);
  }

  #sequence(depth: number): GlobTerm[] {
    const terms: GlobTerm[] = [];
    for (let rune = this.#peek(); rune !== undefined; rune = this.#peek()) {
      if (depth > 0 && (rune === ',' || rune === '}')) return terms;
      this.#at++;
      terms.push(this.#term(rune, depth));
    }
    if (depth > 0) this.#fail('unclosed `{`');
    return terms;
  }

  #term(rune: string, depth: number): GlobTerm {
    switch (rune) {
      case '{':
        return { kind: 'either', alternatives: this.#alternatives(depth + 1) };
      case '[':
        return this.#class();
      case '?':
        return { kind: 'any' };
      case '*':
        return { kind: 'star', crossing: this.#take('*') };
      case '\\':
        return { kind: 'rune', rune: this.#escaped() };
      default:
        return { kind: 'rune', rune };
    }
  }

  #alternatives(depth: number): GlobSequence[] {
    if (depth > MAX_DEPTH) throw new BuiltinError(`the glob nests more than ${MAX_DEPTH} deep`);
    const alternatives: GlobSequence[] = [];
    do alternatives.push(this.#sequence(depth));
    while (this.#take(','));
    this.#at++;
    return alternatives;
  }

  /** One range (`a-z`) or one set (`abc`); a range's ends cannot be escaped, and `-` in a set is itself. */
  #class(): GlobTerm {
    const not = this.#take('!');
    const low = this.#next();
    if (this.#take('-')) {
      const high = this.#next();
      this.#closeClass();
      if (high.codePointAt(0)! < low.codePointAt(0)!) this.#fail('range hi character is less than lo');
      return { kind: 'range', low, high, not };
    }
    this.#at--;
    const runes = new Set<string>();
    for (let rune = this.#peek(); rune !== undefined && rune !== ']'; rune = this.#peek()) {
      this.#at++;
      runes.add(rune === '\\' ? this.#escaped() : rune);
    }
    this.#closeClass();
    if (runes.size === 0) this.#fail('could not parse range');
    return { kind: 'set', runes, not };
  }

  #closeClass(): void {
    if (this.#next() !== ']') this.#fail('expected close range character');
  }

  #escaped(): string {
    const rune = this.#peek();
    if (rune === undefined) this.#fail('trailing backslash');
    this.#at++;
    return rune;
  }

  #next(): string {
    const rune = this.#peek();
    if (rune === undefined) this.#fail('unexpected end of input');
    this.#at++;
    return rune;
  }

  #peek(): string | undefined {
    return this.#runes[this.#at];
  }

  #take(rune: string): boolean {
    if (this.#peek() !== rune) return false;
    this.#at++;
    return true;
  }

  #fail(reason: string): never {
    const offset = Buffer.byteLength(this.#runes.slice(0, this.#at).join(''));
    throw new BuiltinError(`glob: syntax error at ${offset}: ${reason}`);
  }
}
