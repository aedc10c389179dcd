import { canonicalString } from './canonical-string.ts';
import { parseJson } from './parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './value.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Where the value ends that begins at `at` in canonical JSON. What is no canonical JSON is not noticed. */
export function valueEnd(json: Uint8Array, at: number): number {
  const first = json[at];
  if (first === QUOTE) return stringEnd(json, at);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return wordEnd(json, at);
  let depth = 0;
  for (let i = at; ; i++) {
    const byte = json[i];
    if (byte === QUOTE) i = stringEnd(json, i) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return i + 1;
    else if (byte === undefined) return i;
  }
}

/** Behind the closing quote of the string that begins at `at`. */
export function stringEnd(json: Uint8Array, at: number): number {
  for (let i = at + 1; ; i++) {
    const byte = json[i];
    if (byte === QUOTE || byte === undefined) return i + 1;
    if (byte === BACKSLASH) i++;
  }
}

function wordEnd(json: Uint8Array, at: number): number {
  for (let i = at; ; i++) {
    const byte = json[i];
    if (byte === undefined || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return i;
  }
}

/** The string that stands between two places, quotes included. */
export function stringBetween(json: Uint8Array, from: number, to: number): string {
  const text = Buffer.from(json.buffer, json.byteOffset + from, to - from);
  return text.includes(BACKSLASH) ? (parseJson(text) as string) : text.toString('utf8', 1, to - from - 1);
}

/** An array or object in canonical JSON, of which is read what is asked for: for data whose values would take ten times the memory of its text. */
export class CanonicalText {
  readonly isArray: boolean;
  readonly #json: Uint8Array;
  readonly #at: number;

  /** `json` is what canonicalJson gives, in UTF-8; an array or object begins at `at`. */
  constructor(json: Uint8Array, at: number = 0) {
    this.#json = json;
    this.#at = at;
    this.isArray = json[at] === OPEN_BRACKET;
  }

  /** Of an object, in the order of canonical JSON; undefined when there are more than `most`. */
  keys(most: number): readonly string[] | undefined {
    const keys: string[] = [];
    const isFew = this.#each((keyAt, at) => {
      keys.push(stringBetween(this.#json, keyAt, at - 1));
      return keys.length <= most;
    });
    return isFew ? keys : undefined;
  }

  /** The values, in order; undefined when there are more than `most`. */
  values(most: number): readonly (JsonValue | CanonicalText)[] | undefined {
    const values: (JsonValue | CanonicalText)[] = [];
    const isFew = this.#each((_, at) => values.length < most && values.push(this.#value(at)) > 0);
    return isFew ? values : undefined;
  }

  /** What an object has under a key, or an array at an index. */
  member(key: string | number): JsonValue | CanonicalText | undefined {
    let found: JsonValue | CanonicalText | undefined;
    let index = 0;
    const written = typeof key === 'string' ? Buffer.from(canonicalString(key)) : undefined;
    this.#each((keyAt, at) => {
      const isIt = written === undefined ? index++ === key : written.compare(this.#json, keyAt, at - 1) === 0;
      if (isIt) found = this.#value(at);
      return !isIt;
    });
    return found;
  }

  /** Of an object: keys and values. */
  entries(): readonly (readonly [string, JsonValue | CanonicalText])[] {
    const entries: (readonly [string, JsonValue | CanonicalText])[] = [];
    this.#each((keyAt, at) => entries.push([stringBetween(this.#json, keyAt, at - 1), this.#value(at)]) > 0);
    return entries;
  }

  /** Calls back with where each value begins, and its key; ends when that says so. Gives whether it got to the end. */
  #each(visit: (keyAt: number, at: number) => boolean): boolean {
    const json = this.#json;
    const closing = this.isArray ? CLOSE_BRACKET : CLOSE_BRACE;
    for (let at = this.#at + 1; json[at] !== closing; ) {
      const start = this.isArray ? at : stringEnd(json, at) + 1;
      if (!visit(at, start)) return false;
      at = valueEnd(json, start);
      if (json[at] === COMMA) at++;
    }
    return true;
  }

  #value(at: number): JsonValue | CanonicalText {
    const json = this.#json;
    if (json[at] === OPEN_BRACE || json[at] === OPEN_BRACKET) return new CanonicalText(json, at);
    return parseJson(json.subarray(at, valueEnd(json, at)));
  }
}

/** Data as it is analysed: values, or the text of them. */
export type DataDocument = JsonObject | CanonicalText;

/** Whether it is an object, as values or as text. */
export const isObjectDocument = (document: JsonValue | CanonicalText): document is DataDocument =>
  document instanceof CanonicalText ? !document.isArray : isJsonObject(document);
