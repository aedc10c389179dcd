import { canonicalString } from './canonical-string.ts';
import { MemberIndex } from './member-index.ts';
import { parseJson } from './parse.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  standsAt,
  stringBetween,
  stringEnd,
  valueEnd,
} from './text-places.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './value.ts';

/** What takes no more to be found is looked for from the beginning each time. */
const NEAR_BYTES = 4096;

/** By where they begin, what is known of the arrays and objects in which something was far to find: an index from the second time on. */
type Indexes = Map<number, MemberIndex | 'wanted'>;

/** An array or object in canonical JSON, of which is read what is asked for: for data whose values would take ten times the memory of its text. */
export class CanonicalText {
  readonly isArray: boolean;
  /** Where it begins in the text that it is a part of. */
  readonly place: number;
  readonly #json: Uint8Array;
  readonly #indexes: Indexes;

  /**
   * @param json what canonicalJson gives, in UTF-8; an array or object begins at `place`
   * @param indexes of all that is read of the same text
   */
  constructor(json: Uint8Array, place: number = 0, indexes: Indexes = new Map()) {
    this.#json = json;
    this.place = place;
    this.isArray = json[place] === OPEN_BRACKET;
    this.#indexes = indexes;
  }

  /** Of an object, in the order of canonical JSON; undefined when there are more than `most`. */
  keys(most: number): readonly string[] | undefined {
    const keys: string[] = [];
    const end = this.#each((keyAt, at) => {
      keys.push(stringBetween(this.#json, keyAt, at - 1));
      return keys.length <= most;
    });
    return end === undefined ? undefined : keys;
  }

  /** The values, in order; undefined when there are more than `most`. */
  values(most: number): readonly (JsonValue | CanonicalText)[] | undefined {
    const values: (JsonValue | CanonicalText)[] = [];
    const end = this.#each((_, at) => values.length < most && values.push(this.#value(at)) > 0);
    return end === undefined ? undefined : values;
  }

  /** What an object has under a key, or an array at an index. */
  member(key: string | number): JsonValue | CanonicalText | undefined {
    const at = this.#find(key);
    return at === undefined ? undefined : this.#value(at);
  }

  #find(key: string | number): number | undefined {
    let index = this.#indexes.get(this.place);
    if (index === undefined) return this.#walkTo(key);
    if (index === 'wanted') {
      index = new MemberIndex(this.#json, this.place);
      this.#indexes.set(this.place, index);
    }
    return index.find(key);
  }

  #walkTo(key: string | number): number | undefined {
    let found: number | undefined;
    let index = 0;
    const written = typeof key === 'string' ? Buffer.from(canonicalString(key)) : undefined;
    const end = this.#each((keyAt, at) => {
      const isIt = written === undefined ? index++ === key : standsAt(this.#json, keyAt, written);
      if (isIt) found = at;
      return !isIt;
    });
    if ((end ?? found!) - this.place > NEAR_BYTES) this.#indexes.set(this.place, 'wanted');
    return found;
  }

  /** Of an object: keys and values. */
  entries(): readonly (readonly [string, JsonValue | CanonicalText])[] {
    const entries: (readonly [string, JsonValue | CanonicalText])[] = [];
    this.#each((keyAt, at) => entries.push([stringBetween(this.#json, keyAt, at - 1), this.#value(at)]) > 0);
    return entries;
  }

  /** Calls back with where each value begins, and its key; ends when that says so. Gives where the last value ends, unless it was ended. */
  #each(visit: (keyAt: number, at: number) => boolean): number | undefined {
    const json = this.#json;
    const closing = this.isArray ? CLOSE_BRACKET : CLOSE_BRACE;
    let at = this.place + 1;
    while (json[at] !== closing) {
      const start = this.isArray ? at : stringEnd(json, at) + 1;
      if (!visit(at, start)) return undefined;
      at = valueEnd(json, start);
      if (json[at] === COMMA) at++;
    }
    return at;
  }

  #value(at: number): JsonValue | CanonicalText {
    const json = this.#json;
    if (json[at] === OPEN_BRACE || json[at] === OPEN_BRACKET) {
      return new CanonicalText(json, at, this.#indexes);
    }
    return parseJson(json.subarray(at, valueEnd(json, at)));
  }
}

/** Data as it is analysed: values, or the text of them. */
export type DataDocument = JsonObject | CanonicalText;

/** Whether it is an object, as values or as text. */
export const isObjectDocument = (document: JsonValue | CanonicalText): document is DataDocument =>
  document instanceof CanonicalText ? !document.isArray : isJsonObject(document);
