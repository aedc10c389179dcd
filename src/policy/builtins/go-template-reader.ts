import { TemplateError } from './go-template-error.ts';
import type { Token, TokenKind } from './go-template-lexer.ts';

/** Goes through a template's tokens. `peek` and `next` see spaces, the others skip them. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    return this.#tokens[this.#at]!;
  }

  next(): Token {
    return this.#tokens[this.#at++]!;
  }

  /** The token after the next one. */
  peekSecond(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  peekPastSpace(): Token {
    while (this.peek().kind === 'space') this.#at++;
    return this.peek();
  }

  nextPastSpace(): Token {
    this.peekPastSpace();
    return this.next();
  }

  /** The next token, which has to be of this kind. */
  expect(kind: TokenKind): Token {
    const token = this.nextPastSpace();
    if (token.kind !== kind) throw new TemplateError(`unexpected ${token.text}, expected ${kind}`);
    return token;
  }

  /** A place to go back to. */
  get position(): number {
    return this.#at;
  }

  goBack(position: number): void {
    this.#at = position;
  }
}
