import { Buffer } from 'node:buffer';
import { copied, decoded, refuse, bytes as scanned } from './scan-source.ts';
import { closingQuote, spaceEnd, stopIn } from './scan-tokens.ts';

const bytes = scanned;
const QUOTE = 0x22;
const COLON = 0x3a;

/** The key that was read last: what stands between its quotes, and whether that has an escape. */
const lastKey: { from: number; to: number; escaped: boolean } = { from: 0, to: 0, escaped: false };

/** Steps over a key and its colon and gives the place behind them. */
export function keyEnd(from: number): number {
  const opening = spaceEnd(from);
  if (bytes[opening] !== QUOTE) return refuse();
  const stop = stopIn(opening + 1);
  const closing = closingQuote(stop);
  lastKey.from = opening + 1;
  lastKey.to = closing;
  lastKey.escaped = closing !== stop;
  const at = bytes[closing + 1] === COLON ? closing + 1 : spaceEnd(closing + 1);
  return bytes[at] === COLON ? at + 1 : refuse();
}

/** The text of a string with escapes, without its quotes; lone surrogates become U+FFFD, as in parseJson. */
export function unescaped(from: number, to: number): string {
  return (JSON.parse(`"${decoded(from, to)}"`) as string).toWellFormed();
}

/** Of a key's bytes. What stands before an empty key is its quote. */
function mixed(memory: Uint8Array, from: number, to: number): number {
  const length = to - from;
  const middle = memory[from + (length >> 1)]!;
  return memory[from]! * 7 + middle * 31 + memory[to - 1]! * 131 + length * 521;
}

function sameBytes(memory: Uint8Array, start: number, from: number, to: number): boolean {
  for (let at = from, i = start; at < to; at++, i++) if (bytes[at] !== memory[i]) return false;
  return true;
}

/** Finds keys that are named, by their bytes. */
export class KeyTable {
  readonly #numbers: ReadonlyMap<string, number>;
  /** All keys, each in quotes. */
  readonly #memory: Uint8Array;
  readonly #slots: readonly (readonly { number: number; from: number; to: number }[] | undefined)[];

  /** No text has keys with lone surrogates. */
  constructor(keys: readonly string[]) {
    this.#numbers = new Map(
      keys.map((key, number) => [key, number] as const).filter(([key]) => key.isWellFormed()),
    );
    this.#memory = Buffer.from(keys.map((key) => `"${key}"`).join(''));
    const slots: { number: number; from: number; to: number }[][] = Array.from({
      length: 4 << (32 - Math.clz32(keys.length)),
    });
    let end = 0;
    for (const [number, key] of keys.entries()) {
      const from = end + 1;
      const to = from + Buffer.byteLength(key);
      end = to + 1;
      if (this.#numbers.has(key))
        (slots[mixed(this.#memory, from, to) & (slots.length - 1)] ??= []).push({ number, from, to });
    }
    this.#slots = slots;
  }

  /** The number of the key that was read last; -1: it is not named. */
  find(): number {
    const { from, to, escaped } = lastKey;
    if (escaped) return this.#numbers.get(unescaped(from, to)) ?? -1;
    const slot = this.#slots[mixed(bytes, from, to) & (this.#slots.length - 1)];
    if (slot === undefined) return -1;
    for (const known of slot) {
      if (known.to - known.from === to - from && sameBytes(this.#memory, known.from, from, to))
        return known.number;
    }
    return -1;
  }
}

/** Keys come again, within a document and from one to the next; the same string need not be made anew. Slots are simply overwritten. */
const SLOTS = 1024;
const MAX_KEPT_BYTES = 64;
const kept: string[] = Array.from({ length: SLOTS }, () => '');
const keptBytes = new Uint8Array(SLOTS * MAX_KEPT_BYTES);
const keptLengths = new Uint8Array(SLOTS);

/** The text of the key that was read last. */
export function keyText(): string {
  const { from, to, escaped } = lastKey;
  if (escaped) return unescaped(from, to);
  const length = to - from;
  if (length > MAX_KEPT_BYTES) return copied(from, to);
  const slot = mixed(bytes, from, to) & (SLOTS - 1);
  const start = slot * MAX_KEPT_BYTES;
  if (keptLengths[slot] === length && sameBytes(keptBytes, start, from, to)) return kept[slot]!;
  const key = copied(from, to);
  kept[slot] = key;
  keptLengths[slot] = length;
  keptBytes.set(bytes.subarray(from, to), start);
  return key;
}
