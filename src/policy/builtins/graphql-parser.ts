import { BuiltinError } from './builtin.ts';
import type { CommentGroup } from './graphql-ast.ts';
import { GraphqlError } from './graphql-error.ts';
import { GraphqlLexer, type Token } from './graphql-lexer.ts';

const MAX_TOKENS = 250_000;
/** Results have three levels for each level of a value. */
const MAX_NESTING = 200;

/** What stands between two brackets: the comments before the second one, and where that is. */
interface Block<T> {
  readonly items: T[];
  readonly end: CommentGroup | undefined;
  readonly at: number;
}

/** What the grammars of queries and of schemas share: one token of look-ahead, with the comments before it. */
export class GraphqlParser {
  readonly #lexer: GraphqlLexer;
  #token: Token | undefined;
  #comment: CommentGroup | undefined;
  #tokens = 0;
  #nesting = 0;

  constructor(text: string) {
    this.#lexer = new GraphqlLexer(text);
  }

  /** The next token, which stays. */
  peek(): Token {
    if (this.#token !== undefined) return this.#token;
    this.#token = this.#read();
    if (this.#token.kind !== 'Comment') return this.#token;
    const comments: { Value: string }[] = [];
    for (; this.#token.kind === 'Comment'; this.#token = this.#read()) {
      comments.push({ Value: this.#token.value });
    }
    this.#comment = { List: comments };
    return this.#token;
  }

  /** The comments right before the next token. */
  comment(): CommentGroup | undefined {
    this.peek();
    return this.#comment;
  }

  next(): Token {
    const token = this.peek();
    this.#token = undefined;
    this.#comment = undefined;
    return token;
  }

  is(kind: string): boolean {
    return this.peek().kind === kind;
  }

  skip(kind: string): boolean {
    if (!this.is(kind)) return false;
    this.next();
    return true;
  }

  expect(kind: string): Token {
    const token = this.next();
    if (token.kind === kind) return token;
    throw new GraphqlError(`Expected ${kind}, found ${token.kind}`, token.at);
  }

  name(): string {
    return this.expect('Name').value;
  }

  /** Gives the comments before the keyword. */
  keyword(word: string): CommentGroup | undefined {
    const comment = this.comment();
    const token = this.next();
    if (token.kind === 'Name' && token.value === word) return comment;
    throw new GraphqlError(`Expected "${word}", found ${shown(token)}`, token.at);
  }

  unexpected(token: Token = this.peek()): never {
    throw new GraphqlError(`Unexpected ${shown(token)}`, token.at);
  }

  /** What stands between two brackets, in any number. */
  many<T>(open: string, close: string, read: () => T): T[] {
    return this.#between(open, close, read).items;
  }

  /** None without the first bracket, else at least one. */
  some<T>(open: string, close: string, read: () => T): T[] {
    return this.is(open) ? this.#atLeastOne(open, close, read).items : [];
  }

  /** As `some` in braces, with the comments before the last one. */
  block<T>(read: () => T): Omit<Block<T>, 'at'> {
    return this.is('{') ? this.#atLeastOne('{', '}', read) : { items: [], end: undefined };
  }

  /** At least one; the separator may stand before the first one, too. */
  separated<T>(separator: string, read: () => T): T[] {
    this.skip(separator);
    const items = [read()];
    while (this.skip(separator)) items.push(read());
    return items;
  }

  nested<T>(read: () => T): T {
    if (++this.#nesting > MAX_NESTING) {
      throw new BuiltinError(`GraphQL nested more than ${MAX_NESTING} levels deep`);
    }
    const result = read();
    this.#nesting--;
    return result;
  }

  #atLeastOne<T>(open: string, close: string, read: () => T): Block<T> {
    const block = this.#between(open, close, read);
    if (block.items.length > 0) return block;
    throw new GraphqlError(`expected at least one definition, found ${close}`, block.at);
  }

  #between<T>(open: string, close: string, read: () => T): Block<T> {
    this.expect(open);
    const items: T[] = [];
    this.nested(() => {
      while (!this.is(close)) items.push(read());
    });
    const end = this.comment();
    return { items, end, at: this.next().at };
  }

  #read(): Token {
    if (++this.#tokens > MAX_TOKENS) throw new BuiltinError(`GraphQL of more than ${MAX_TOKENS} tokens`);
    return this.#lexer.next();
  }
}

function shown(token: Token): string {
  return token.value === '' ? token.kind : `${token.kind} ${JSON.stringify(token.value)}`;
}
