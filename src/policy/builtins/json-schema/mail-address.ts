import { parseIp } from '../cidr.ts';
import { takeEncodedWord } from './mail-encoded-word.ts';

/** Whether Go's net/mail.ParseAddress takes the text as one address: RFC 5322 with its leniency, display name included. */
export function isMailAddress(text: string): boolean {
  try {
    const reader = new AddressReader(text);
    const count = reader.address(true);
    reader.skipComments();
    return count === 1 && reader.atEnd;
  } catch (error) {
    if (error instanceof NoAddress) return false;
    throw error;
  }
}

class NoAddress extends Error {
  override readonly name = 'NoAddress';
}

/** Runs of what may stand in a word, a quoted text and an address in brackets; beyond ASCII, anything may. */
const ATOM = /[^\0-\x20()<>[\]:;@\\,"\x7f]+/uy;
const QUOTED =
  // oxlint-disable-next-line no-control-regex
  /"(?<content>[^\0-\x08\x0a-\x1f"\\\x7f]*(?:\\[^\0-\x08\x0a-\x1f\x7f][^\0-\x08\x0a-\x1f"\\\x7f]*)*)"/uy;
const LITERAL = /\[(?<content>[^\0-\x20[\\\]\x7f]*)\]/uy;

class AddressReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Reads an address or, where that is allowed, a group, and gives the number of addresses. */
  address(mayBeGroup: boolean): number {
    this.#skipSpace();
    if (this.atEnd) throw new NoAddress();
    if (this.#tryPlain()) {
      this.#skipSpace();
      if (this.#next === '(') this.#nameInComment();
      return 1;
    }
    if (this.#next !== '<') this.#phrase();
    this.#skipSpace();
    if (mayBeGroup && this.#take(':')) return this.#group();
    this.#expect('<');
    this.#plain();
    this.#expect('>');
    return 1;
  }

  skipComments(): void {
    this.#skipSpace();
    while (this.#next === '(') {
      this.#comment();
      this.#skipSpace();
    }
  }

  #group(): number {
    let count = 0;
    this.#skipSpace();
    if (!this.#take(';')) {
      do {
        this.#skipSpace();
        count += this.address(false);
        this.skipComments();
      } while (this.#take(','));
      this.#expect(';');
    }
    this.skipComments();
    return count;
  }

  #tryPlain(): boolean {
    const start = this.#at;
    try {
      this.#plain();
      return true;
    } catch (error) {
      if (!(error instanceof NoAddress)) throw error;
      this.#at = start;
      return false;
    }
  }

  /** `local@domain`. */
  #plain(): void {
    this.#skipSpace();
    if (this.#next !== '"') this.#dotted();
    else if (this.#quoted() === '') throw new NoAddress();
    this.#expect('@');
    this.#skipSpace();
    if (this.#next !== '[') this.#dotted();
    else if (parseIp(this.#match(LITERAL).groups!['content']!) === undefined) throw new NoAddress();
  }

  #dotted(): void {
    const [atom] = this.#match(ATOM);
    if (atom.startsWith('.') || atom.endsWith('.') || atom.includes('..')) throw new NoAddress();
  }

  /** The words of a display name. What follows the first word may be no word: the caller looks at it. */
  #phrase(): void {
    let words = 0;
    let encoded = false;
    for (;;) {
      // A comment may follow a word, but not while all words are encoded ones.
      if (words > 0) this.skipComments();
      this.#skipSpace();
      if (this.atEnd) break;
      const word = this.#word();
      if (word === undefined) break;
      if (word.encoded) encoded ||= word.length > 0;
      else words++;
    }
    if (words === 0 && !encoded && !this.atEnd) throw new NoAddress();
  }

  #word(): { encoded: boolean; length: number } | undefined {
    const start = this.#at;
    try {
      if (this.#next === '"') return { encoded: false, length: this.#quoted().length };
    } catch (error) {
      if (!(error instanceof NoAddress)) throw error;
      this.#at = start;
      return undefined;
    }
    ATOM.lastIndex = this.#at;
    const atom = ATOM.exec(this.#text)?.[0];
    if (atom === undefined) return undefined;
    this.#at += atom.length;
    const decoded = takeEncodedWord(atom);
    if (decoded === 'unknown charset') return undefined;
    return decoded === undefined
      ? { encoded: false, length: atom.length }
      : { encoded: true, length: decoded };
  }

  #quoted(): string {
    return this.#match(QUOTED).groups!['content']!;
  }

  #nameInComment(): void {
    for (const word of this.#comment().split(/[ \t]+/)) {
      if (takeEncodedWord(word) === 'unknown charset') throw new NoAddress();
    }
  }

  /** What is between the parentheses, without the backslashes; further ones may be inside. */
  #comment(): string {
    let content = '';
    let depth = 0;
    do {
      if (this.atEnd) throw new NoAddress();
      if (this.#next === '\\' && this.#at + 1 < this.#text.length) this.#at++;
      else if (this.#next === '(') depth++;
      else if (this.#next === ')') depth--;
      content += this.#next;
      this.#at++;
    } while (depth > 0);
    return content.slice(1, -1);
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  #take(character: string): boolean {
    if (this.#next !== character || this.atEnd) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new NoAddress();
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) throw new NoAddress();
    this.#at += found[0].length;
    return found;
  }

  #skipSpace(): void {
    while (this.#next === ' ' || this.#next === '\t') this.#at++;
  }
}
