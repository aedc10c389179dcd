/** The last few header blocks by their bytes: clients that insert nothing into the table send the same block for each call. */
import type { HeaderBlock } from './header-block.ts';

/** Calls of a connection differ by method and little else, or in every one. */
const SLOTS = 4;
/** Longer blocks are rarely sent twice. */
const MAX_KEPT_BYTES = 512;

/** After so many blocks that none was found for, only one in so many is kept: ids make each of them new. */
const PATIENCE = 16;

class Slot {
  bytes: Uint8Array = new Uint8Array(64);
  /** 0 for a slot that holds none. */
  length = 0;
  block: HeaderBlock | undefined;
}

export class KnownBlocks {
  /** Made when needed. */
  readonly #slots: Slot[] = [];
  #latest = 0;
  #misses = 0;

  /** The block of these bytes, if it is known. Allocates nothing. */
  find(bytes: Uint8Array, start: number, end: number): HeaderBlock | undefined {
    const slots = this.#slots;
    for (let i = 0, at = this.#latest; i < slots.length; i++) {
      const slot = slots[at]!;
      if (slot.length === end - start && equal(slot.bytes, bytes, start, end)) {
        this.#latest = at;
        this.#misses = 0;
        return slot.block;
      }
      if (++at === slots.length) at = 0;
    }
    return undefined;
  }

  /** Keeps it in place of the one that was found or kept least lately, nearly. */
  keep(bytes: Uint8Array, start: number, end: number, block: HeaderBlock): void {
    const length = end - start;
    if (length > MAX_KEPT_BYTES) return;
    if (++this.#misses > PATIENCE && this.#misses % PATIENCE !== 0) return;
    if (this.#slots.length < SLOTS) this.#latest = this.#slots.push(new Slot()) - 1;
    else this.#latest = (this.#latest + SLOTS - 1) % SLOTS;
    const slot = this.#slots[this.#latest]!;
    if (slot.bytes.length < length) slot.bytes = new Uint8Array(Math.min(length * 2, MAX_KEPT_BYTES));
    for (let i = 0; i < length; i++) slot.bytes[i] = bytes[start + i]!;
    slot.length = length;
    slot.block = block;
  }

  /** None of them holds any more: the table has changed. */
  clear(): void {
    for (const slot of this.#slots) {
      slot.length = 0;
      slot.block = undefined;
    }
  }
}

/** By a loop: a native comparison costs more than these short blocks do. */
function equal(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  // Blocks that differ by an id begin alike; ids are in the middle, or last.
  const middle = length >> 1;
  const later = middle + (middle >> 1);
  if (length > 0 && kept[length - 1] !== bytes[end - 1]) return false;
  if (kept[middle] !== bytes[start + middle] || kept[later] !== bytes[start + later]) return false;
  for (let i = 0; i < length; i++) if (kept[i] !== bytes[start + i]) return false;
  return true;
}
