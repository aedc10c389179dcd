import {
  addLayout,
  CLOSE,
  END,
  isFull,
  type Layout,
  LONGEST_BYTES,
  NAMED,
  NUMBER,
  OPEN,
  sortOut,
  TEXT,
} from './layouts.ts';
import { CHECK_SHAPE } from './scan-check.ts';
import * as memory from './scan-memory.ts';
import { ENTRY, scanned } from './scan-memory.ts';
import * as shape from './shape.ts';

const { source, slots } = memory;
const { actions, oneofActions } = CHECK_SHAPE;

/** A layout of 20 headers costs 20 scans to learn, one of 60 as much as 60; most traffic has few. */
const LEARN_EVERY = 8;
/** When there is no room left: those that are used least make way. */
const SORT_OUT_EVERY = 1024;
const MAX_ENTRIES = 64;

let misses = 0;

/** Says that the message whose scan is in memory was not written by a layout. Some are learnt. */
export function noteUnwritten(): void {
  const { length } = scanned.bytes;
  if (length > LONGEST_BYTES || ++misses % LEARN_EVERY !== 0) return;
  if (isFull() && misses % SORT_OUT_EVERY === 0) sortOut();
  const layout = isFull() ? undefined : new Learner().learn(length);
  if (layout !== undefined) addLayout(layout);
}

/** Entries as Envoy writes them, below 0x80 and with nothing that is escaped in JSON. */
const NAME = /^[!#-[\]-~]{1,127}$/;

class Learner {
  readonly #ops: number[] = [];
  readonly #entries: { slot: number; name: string }[] = [];
  readonly #names = new Set<string>();

  /** Undefined: the message has something out of the ordinary, and no layout. */
  learn(length: number): Omit<Layout, 'number'> | undefined {
    if (!this.#message(0, 0, length)) return undefined;
    this.#push(END);
    return {
      ops: Int32Array.from(this.#ops),
      entries: this.#entries,
      sample: slots.slice(),
      uses: 0,
    };
  }

  #push(kind: number, tag = 0, place = 0, slot = 0, nameLength = 0): void {
    this.#ops.push(kind, tag, place, slot, 0, nameLength, 0);
  }

  #message(table: number, start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      at = this.#field(table, at);
      if (at < 0) return false;
    }
    return true;
  }

  /** Its end, -1 where it has no place in a layout. */
  #field(table: number, at: number): number {
    const tag = source[at]!;
    let action = tag < shape.TAGS ? actions[table * shape.TAGS + tag]! : 0;
    if ((action & 15) === shape.ONEOF) action = oneofActions[action >> shape.SLOT_SHIFT]!;
    const kind = action & 15;
    const slot = (action >> shape.SLOT_SHIFT) & 127;
    if (kind === shape.NUMBER) {
      this.#push(NUMBER, tag, slot * 2);
      return varintEnd(at + 1);
    }
    if (kind !== shape.TEXT && kind !== shape.MESSAGE && kind !== shape.ENTRY_OF_TEXTS) return -1;
    const { start, stop } = delimited(at + 1);
    if (kind === shape.ENTRY_OF_TEXTS) return this.#entry(tag, slot, start) ? stop : -1;
    if (kind === shape.TEXT) {
      this.#push(TEXT, tag, slot * 2, start === stop ? 1 : 0);
      return stop;
    }
    this.#push(OPEN, tag);
    if (!this.#message(action >> shape.NEXT_SHIFT, start, stop)) return -1;
    this.#push(CLOSE);
    return stop;
  }

  #entry(tag: number, slot: number, start: number): boolean {
    if (source[start] !== shape.ENTRY_KEY || this.#entries.length === MAX_ENTRIES) return false;
    const key = delimited(start + 1);
    const name = source.toString('latin1', key.start, key.stop);
    const id = `${slot} ${name}`;
    if (!NAME.test(name) || this.#names.has(id)) return false;
    this.#names.add(id);
    this.#push(NAMED, tag, this.#entries.length * ENTRY, slot, name.length);
    this.#entries.push({ slot, name });
    return true;
  }
}

/** Of a scanned message: its varints end. */
function varintEnd(start: number): number {
  let at = start;
  while (source[at]! >= 0x80) at++;
  return at + 1;
}

function delimited(at: number): { readonly start: number; readonly stop: number } {
  const start = varintEnd(at);
  let size = 0;
  for (let i = start - 1; i >= at; i--) size = size * 128 + (source[i]! & 0x7f);
  return { start, stop: start + size };
}
