import type { Layout } from './layouts.ts';
import * as layouts from './layouts.ts';
import * as memory from './scan-memory.ts';
import { scanned } from './scan-memory.ts';
import * as shape from './shape.ts';

// Constants of this module are compiled into the code; imported ones are not.
const { source, words, slots, entries } = memory;
const { CLOSE, END, known, LONGEST_BYTES, NAMED, NUMBER, names, OP, OPEN, OTHERWISE, ops } = layouts;
const { ENTRY_KEY, ENTRY_VALUE } = shape;

/** The messages around the one being compared. */
const ends = new Int32Array(16);

/**
 * Compares a message with the layouts that are known, and notes where its texts, numbers and entries are, as `scanCheck` does; undefined where it has none of them. It
 * must be one that `scanCheck` has read before: what is refused there, such as text that is not UTF-8, is not looked for again.
 */
export function scanByLayout(bytes: Uint8Array): Layout | undefined {
  if (bytes.length > LONGEST_BYTES) return undefined;
  scanned.owner = undefined;
  scanned.bytes = bytes;
  scanned.count++;
  source.set(bytes);
  slots.fill(0);
  const layout = compare(bytes.length);
  if (layout === undefined) return undefined;
  scanned.entryCount = layout.entries.length;
  layout.uses++;
  return layout;
}

/** What leads beyond the end of a message ends there as well: no operation goes back, and the end must be met. */
function compare(length: number): Layout | undefined {
  let op = 0;
  let at = 0;
  let end = length;
  let depth = 0;
  for (;;) {
    const kind = ops[op]!;
    let next = -1;
    if (kind === CLOSE || kind === END) {
      if (at === end) {
        if (kind === END) return known[ops[op + 1]!];
        end = ends[--depth]!;
        next = at;
      }
    } else if (source[at] === ops[op + 1]) {
      const place = ops[op + 2]!;
      if (kind === NUMBER) {
        next = at + 1;
        while (source[next++]! >= 0x80);
        slots[place] = at + 1;
        slots[place + 1] = next;
      } else {
        let from = at + 2;
        let size = source[at + 1]!;
        // A length with a third byte leads beyond the end.
        if (size >= 0x80) size = (size & 0x7f) | (source[from++]! << 7);
        const stop = from + size;
        if (kind === OPEN) {
          ends[depth++] = end;
          end = stop;
          next = from;
        } else if (kind === NAMED) {
          if (isNamed(op, from, stop)) {
            entries[place] = ops[op + 3]!;
            next = stop;
          }
        } else if ((size === 0) === (ops[op + 3] === 1)) {
          slots[place] = from;
          slots[place + 1] = stop;
          next = stop;
        }
      }
    }
    if (next >= 0) {
      at = next;
      op += OP;
    } else {
      op = ops[op + OTHERWISE]!;
      if (op === 0) return undefined;
    }
  }
}

/** Notes an entry, but for its slot, if it has the name of an operation and a value and nothing else. */
function isNamed(op: number, start: number, stop: number): boolean {
  const length = ops[op + 5]!;
  if (source[start] !== ENTRY_KEY || source[start + 1] !== length) return false;
  const from = start + 2;
  const name = ops[op + 4]!;
  let i = 0;
  while (i + 4 <= length && words.getInt32(from + i, true) === names.getInt32(name + i, true)) i += 4;
  while (i < length && source[from + i] === names.getUint8(name + i)) i++;
  const until = from + length;
  if (i < length || source[until] !== ENTRY_VALUE) return false;
  let valueFrom = until + 2;
  let size = source[until + 1]!;
  if (size >= 0x80) size = (size & 0x7f) | (source[valueFrom++]! << 7);
  if (valueFrom + size !== stop) return false;
  const place = ops[op + 2]!;
  entries[place + 1] = from;
  entries[place + 2] = until;
  entries[place + 3] = valueFrom;
  entries[place + 4] = stop;
  return true;
}
