import { Buffer } from 'node:buffer';

/*
 * Requests of one route are alike: the same fields and the same headers in the same order, with other values. A layout is that order.
 * The log reads messages a second time: one of a known layout is compared with it (`scan-layout.ts`), and what is written of its messages is worked out once for
 * all of them (`specialize.ts`): which steps write something, which entry has which name, in which order entries come. What decides never comes from here:
 * keys and documents are written from the scan (`scan-check.ts`).
 */

/** Longer messages have no layout: their lengths may have three bytes, and other things take longer. */
export const LONGEST_BYTES = 4096;

/** An operation, what must come next in a message, is OP numbers: kind, tag, place, slot or flag, name's place, name's length, alternative. */
export const OP = 7;
/** Where the operation stands that may come in place of this one; 0: none. */
export const OTHERWISE = 6;

/** The end of the message. In place of the tag: the number of the layout. */
export const END = 0;
/** A text, noted at `place`. Flag 1: it is empty. */
export const TEXT = 1;
/** A number, noted at `place`. */
export const NUMBER = 2;
/** A message begins … */
export const OPEN = 3;
/** … and ends. */
export const CLOSE = 4;
/** An entry of the map of a slot, noted at `place`, with a name. */
export const NAMED = 5;

export interface Layout {
  /** Its place in `known`. */
  readonly number: number;
  /** Those of its path in the tree, but for alternatives. */
  readonly ops: Int32Array;
  /** Slots and names of its entries. */
  readonly entries: readonly { readonly slot: number; readonly name: string }[];
  /** `slots` of one of its messages: what is there, and what of it is empty, is so in all of them. */
  readonly sample: Int32Array;
  /** By how many messages it was used since layouts were sorted out. */
  uses: number;
}

const MAX_LAYOUTS = 64;
/** So many are kept when there is no room for more: those that were used most, and of these those that were used at all. */
const KEPT_LAYOUTS = 32;
const MAX_OPS = 4096;
const MAX_NAME_BYTES = 32_768;
/** Of one layout, so that many have room. */
const LONGEST = { ops: 128, nameBytes: 1024 };

/** The operations of all layouts, as a tree: what follows one is next to it, and the first one is the root. */
export const ops: Int32Array = new Int32Array(MAX_OPS * OP);
/** The names in it, and a few bytes more, so that the last ones can be read four at once. */
export const names: DataView = new DataView(new ArrayBuffer(MAX_NAME_BYTES + 4));
export const known: (Layout | undefined)[] = Array.from({ length: MAX_LAYOUTS }, () => undefined);

const namesWritten = Buffer.from(names.buffer);
let opsEnd = 0;
let namesEnd = 0;
let full = false;
const placeByName = new Map<string, number>();

/** Whether there was no room for the last layout that was added. */
export const isFull = (): boolean => full;

/** Adds one, unless it is known or too long, or there is no room for it. */
export function addLayout(layout: Omit<Layout, 'number'>): void {
  const { ops: list, entries } = layout;
  const nameBytes = entries.reduce((sum, { name }) => sum + name.length, 0);
  if (list.length > LONGEST.ops * OP || nameBytes > LONGEST.nameBytes) return;
  const number = known.indexOf(undefined);
  const hasRoom = opsEnd + list.length <= ops.length && namesEnd + nameBytes <= MAX_NAME_BYTES;
  full = number < 0 || !hasRoom;
  if (!full) put({ ...layout, number });
}

/** Makes room: forgets the layouts that fewer messages had than others since the last time. */
export function sortOut(): void {
  const used = known.filter((layout) => layout !== undefined && layout.uses > 0) as Layout[];
  const kept = used.sort((one, other) => other.uses - one.uses).slice(0, KEPT_LAYOUTS);
  forgetLayouts();
  for (const layout of kept) {
    layout.uses = 0;
    put(layout);
  }
}

/** Forgets all layouts. */
export function forgetLayouts(): void {
  known.fill(undefined);
  placeByName.clear();
  ops.fill(0, 0, opsEnd);
  opsEnd = 0;
  namesEnd = 0;
  full = false;
}

function put(layout: Layout): void {
  const { ops: list, entries, number } = layout;
  let entry = 0;
  for (let i = 0; i < list.length; i += OP) {
    if (list[i] !== NAMED) continue;
    list[i + 4] = placeOfName(entries[entry++]!.name);
  }
  list[list.length - OP + 1] = number;
  if (graft(list)) known[number] = layout;
}

/** A name is ASCII, and there is room for it. */
function placeOfName(name: string): number {
  let place = placeByName.get(name);
  if (place !== undefined) return place;
  place = namesEnd;
  namesEnd += namesWritten.write(name, place, 'latin1');
  placeByName.set(name, place);
  return place;
}

/** Adds operations to the tree, from where on they are not in it yet; false where all of them are. */
function graft(list: Int32Array): boolean {
  let i = 0;
  let at = 0;
  while (at < opsEnd) {
    if (isSame(at, list, i)) {
      at += OP;
      i += OP;
      if (i === list.length) return false;
    } else if (ops[at + OTHERWISE] === 0) {
      ops[at + OTHERWISE] = opsEnd;
      break;
    } else {
      at = ops[at + OTHERWISE]!;
    }
  }
  ops.set(list.subarray(i), opsEnd);
  opsEnd += list.length - i;
  return true;
}

/** There is one end to the same operations, whatever its number. */
function isSame(at: number, list: Int32Array, i: number): boolean {
  if (ops[at] === END && list[i] === END) return true;
  for (let part = 0; part < OTHERWISE; part++) if (ops[at + part] !== list[i + part]) return false;
  return true;
}
