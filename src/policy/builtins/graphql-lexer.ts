import { GraphqlError } from './graphql-error.ts';
import { readBlockString, readString } from './graphql-string.ts';

/** Tokens of GraphQL as gqlparser's lexer reads them: `1a` is a number and a name, `1.` an error. */
export interface Token {
  /** A punctuator by its text. */
  readonly kind: string;
  /** Of names, numbers and comments their text, of strings what they mean; empty for the rest. */
  readonly value: string;
  /** Where it begins: an offset in UTF-16 units. */
  readonly at: number;
}

const IGNORED = /[\t\n\r ,\ufeff]*/y;
const PUNCTUATOR = /[!$&():=@[\]{|}]|\.\.\./y;
const NAME = /[A-Za-z_][0-9A-Za-z_]*/y;
const NUMBER = /-?(?:0(?![0-9])|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const COMMENT = /#[\t\u0020-\uffff]*/y;

export class GraphqlLexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; of kind `<EOF>` at the end. Throws GraphqlError. */
  next(): Token {
    this.#take(IGNORED);
    const at = this.#at;
    const first = this.#text.charAt(at);
    if (first === '') return { kind: '<EOF>', value: '', at };
    const punctuator = this.#take(PUNCTUATOR);
    if (punctuator !== undefined) return { kind: punctuator, value: '', at };
    const name = this.#take(NAME);
    if (name !== undefined) return { kind: 'Name', value: name, at };
    if (first === '#') return { kind: 'Comment', value: this.#take(COMMENT)!, at };
    if (first === '"') return this.#string(at);
    if (first === '-' || (first >= '0' && first <= '9')) return this.#number(at);
    throw new GraphqlError(`Cannot parse the unexpected character ${JSON.stringify(first)}`, at);
  }

  #string(at: number): Token {
    const isBlock = this.#text.startsWith('"""', at);
    const { value, end } = isBlock ? readBlockString(this.#text, at) : readString(this.#text, at);
    this.#at = end;
    return { kind: isBlock ? 'BlockString' : 'String', value, at };
  }

  #number(at: number): Token {
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new GraphqlError('Invalid number', at);
    const [value, fraction, exponent] = match;
    this.#at = at + value.length;
    // What looks like more of a number has to be it.
    const next = this.#text.charAt(this.#at);
    if (exponent === undefined && (/[eE]/.test(next) || (fraction === undefined && next === '.'))) {
      throw new GraphqlError('Invalid number, expected digit', this.#at);
    }
    return { kind: fraction === undefined && exponent === undefined ? 'Int' : 'Float', value, at };
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return undefined;
    const taken = this.#text.slice(this.#at, pattern.lastIndex);
    this.#at = pattern.lastIndex;
    return taken;
  }
}
