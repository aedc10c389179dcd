/**
 * Rego values as the module writes them (`opa_value_dump`) and reads them (`opa_value_parse`): JSON text, and
 * `{1, 2}` for sets, `set()` for the empty set and any value as an object's key. Nothing is lost either way.
 */
import type { JsonObject, JsonValue } from '../json/value.ts';
import { ExactNumber, type RegoNumber, type RegoValue } from './value.ts';

/**
 * Writes a value as Rego text. Lone surrogates become U+FFFD, as Go does it: UTF-8 cannot hold them, and the module aborts on them.
 * @throws TypeError for a number that JSON has no text for.
 */
export function encodeRego(value: RegoValue): string {
  if (typeof value === 'string') return JSON.stringify(value.isWellFormed() ? value : value.toWellFormed());
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'number') return encodeComposite(value);
  if (!Number.isFinite(value)) throw new TypeError(`${value} is no Rego number`);
  return String(value);
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

function encodeComposite(value: Exclude<RegoValue, string | number | boolean>): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${encodeAll(value)}]`;
  if (value instanceof ExactNumber) {
    if (!NUMBER.test(value.text)) throw new TypeError(`${JSON.stringify(value.text)} is no Rego number`);
    return value.text;
  }
  if (value instanceof Set) return value.size === 0 ? 'set()' : `{${encodeAll(value)}}`;
  if (!(value instanceof Map)) throw new TypeError(`a ${typeof value} is no Rego value`);
  let members = '';
  for (const [key, item] of value) {
    if (members !== '') members += ',';
    members += encodeRego(key);
    members += ':';
    members += encodeRego(item);
  }
  return `{${members}}`;
}

function encodeAll(values: Iterable<RegoValue>): string {
  let text = '';
  for (const value of values) text += text === '' ? encodeRego(value) : `,${encodeRego(value)}`;
  return text;
}

/**
 * Reads Rego text. A number is a `number` when a double is exactly it and prints as it was written, else an ExactNumber.
 * @throws SyntaxError naming the offset, when the text is none that a module writes.
 */
export function decodeRego(text: string): RegoValue {
  const reader = new RegoReader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class RegoReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): RegoValue {
    this.#skipSpace();
    switch (this.#text.charAt(this.#at)) {
      case '"':
        return this.#string();
      case '[':
        return this.#array();
      case '{':
        return this.#objectOrSet();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      case 's':
        return this.#word('set()', new Set<RegoValue>());
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at !== this.#text.length) this.#fail('the end');
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let end = text.indexOf('"', start + 1);
    while (end !== -1 && this.#isEscaped(end, start)) end = text.indexOf('"', end + 1);
    if (end === -1) this.#fail('the end of a string');
    this.#at = end + 1;
    const inner = text.slice(start + 1, end);
    // The escapes that a module writes are JSON's.
    return inner.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : inner;
  }

  /** Whether an odd number of backslashes stands before the quote. */
  #isEscaped(quote: number, start: number): boolean {
    let at = quote - 1;
    while (at > start && this.#text[at] === '\\') at--;
    return (quote - 1 - at) % 2 === 1;
  }

  #array(): RegoValue[] {
    const items: RegoValue[] = [];
    this.#at++;
    if (this.#take(']')) return items;
    do items.push(this.value());
    while (this.#take(','));
    this.#expect(']');
    return items;
  }

  #objectOrSet(): RegoValue {
    this.#at++;
    if (this.#take('}')) return new Map();
    const first = this.value();
    return this.#take(':') ? this.#objectFrom(first) : this.#setFrom(first);
  }

  #objectFrom(firstKey: RegoValue): RegoValue {
    const object = new Map<RegoValue, RegoValue>([[firstKey, this.value()]]);
    while (this.#take(',')) {
      const key = this.value();
      this.#expect(':');
      object.set(key, this.value());
    }
    this.#expect('}');
    return object;
  }

  #setFrom(first: RegoValue): RegoValue {
    const set = new Set<RegoValue>([first]);
    while (this.#take(',')) set.add(this.value());
    this.#expect('}');
    return set;
  }

  #number(): RegoNumber {
    const start = this.#at;
    while (isNumberCharacter(this.#text.charCodeAt(this.#at))) this.#at++;
    // A literal `.5` in a policy stays as it was written, which is no JSON.
    const text = this.#text.slice(start, this.#at).replace(/^(-?)\./, '$10.');
    if (!NUMBER.test(text)) this.#fail('a value');
    const number = Number(text);
    // An integer beyond 2^53 may print as it was written and yet be another one: 1152921504606847000.
    const keeps = String(number) === text && (Number.isSafeInteger(number) || !Number.isInteger(number));
    return keeps ? number : new ExactNumber(text);
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value');
    this.#at += word.length;
    return value;
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) this.#fail(`"${character}"`);
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  #fail(wanted: string): never {
    throw new SyntaxError(`Rego text at offset ${this.#at}: expected ${wanted}`);
  }
}

/** Digits, and the characters `+ - . E e`. */
function isNumberCharacter(code: number): boolean {
  return (
    (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 43 || code === 101 || code === 69
  );
}

/** A value as JSON shows it: sets as arrays, keys that are no strings by their Rego text, numbers with their text. */
export function toJson(value: RegoValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof ExactNumber) return JSON.rawJSON(value.text);
  if (value instanceof Set) return Array.from(value, toJson);
  const object: JsonObject = Object.create(null);
  for (const [key, item] of value) object[typeof key === 'string' ? key : encodeRego(key)] = toJson(item);
  return object;
}
