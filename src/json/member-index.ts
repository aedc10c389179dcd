import { Buffer } from 'node:buffer';
import { canonicalString } from './canonical-string.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACKET,
  QUOTE,
  standsAt,
  stringBetween,
  stringEnd,
  valueEnd,
} from './text-places.ts';

/** Kept are the places of members that are larger than this, and of those further than this behind the last that was kept: an index has a hundredth of the text's size. */
const APART_BYTES = 512;

/** Where members of one array or object stand in canonical JSON: one of them is found without reading those before it. */
export class MemberIndex {
  /** Behind the closing bracket or brace. */
  readonly end: number;
  readonly #json: Uint8Array;
  /** Ascending: in an object also by the keys that stand there. */
  readonly #places: Uint32Array;
  /** Of an array, the indices of the elements at those places. */
  readonly #indices: Uint32Array | undefined;

  /**
   * @param at where the array or object begins
   * @param endOf where a value ends, when that is known of some
   */
  constructor(json: Uint8Array, at: number, endOf: (at: number) => number = (of) => valueEnd(json, of)) {
    this.#json = json;
    const isArray = json[at] === OPEN_BRACKET;
    const closing = isArray ? CLOSE_BRACKET : CLOSE_BRACE;
    const places: number[] = [];
    const indices: number[] = [];
    let next = at + 1;
    let kept = Number.NEGATIVE_INFINITY;
    for (let index = 0; json[next] !== closing; index++) {
      const start = next;
      next = endOf(isArray ? start : stringEnd(json, start) + 1);
      if (start - kept > APART_BYTES || next - start > APART_BYTES) {
        kept = start;
        places.push(start);
        if (isArray) indices.push(index);
      }
      if (json[next] === COMMA) next++;
    }
    this.end = next + 1;
    this.#places = Uint32Array.from(places);
    this.#indices = isArray ? Uint32Array.from(indices) : undefined;
  }

  /** Where the value begins that an object has under a key, or an array at an index. */
  find(key: string | number): number | undefined {
    if (typeof key === 'number') return this.#element(key);
    return this.#indices === undefined ? this.#member(key) : undefined;
  }

  #member(key: string): number | undefined {
    const name = Buffer.from(key);
    const [from, to] = this.#between((i) => compareKey(this.#json, this.#places[i]!, name) <= 0);
    const written = Buffer.from(canonicalString(key));
    for (let at = from; at < to; ) {
      if (standsAt(this.#json, at, written)) return at + written.length + 1;
      at = this.#next(stringEnd(this.#json, at) + 1, from, to);
    }
    return undefined;
  }

  #element(index: number): number | undefined {
    const indices = this.#indices;
    if (indices === undefined) return undefined;
    const [from, to, i] = this.#between((each) => indices[each]! <= index);
    let at = from;
    for (let passed = indices[i] ?? 0; at < to && passed < index; passed++) at = this.#next(at, from, to);
    return at < to ? at : undefined;
  }

  /** Behind a value and its comma. A large member stands alone between two places, and need not be read. */
  #next(valueAt: number, from: number, to: number): number {
    return to - from > 2 * APART_BYTES + 1 ? to : valueEnd(this.#json, valueAt) + 1;
  }

  /** The last place that is not behind what is looked for, the one after it, and which it is. Nothing lies between when there is none. */
  #between(isReached: (i: number) => boolean): readonly [from: number, to: number, i: number] {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isReached(middle)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? [0, 0, 0] : [this.#places[low - 1]!, this.#places[low] ?? this.end - 1, low - 1];
  }
}

/** How the key that begins at a place compares to a name, by the UTF-8 of both: that is the order of canonical JSON. */
function compareKey(json: Uint8Array, at: number, name: Buffer): number {
  for (let i = 0; ; i++) {
    const byte = json[at + 1 + i];
    if (byte === BACKSLASH)
      return Buffer.compare(Buffer.from(stringBetween(json, at, stringEnd(json, at))), name);
    if (byte === QUOTE || byte === undefined) return i < name.length ? -1 : 0;
    if (i === name.length) return 1;
    if (byte !== name[i]) return byte - name[i]!;
  }
}
