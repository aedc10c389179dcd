import { Buffer } from 'node:buffer';
import type { MaskTree } from '../../../json/mask-tree.ts';
import { BODY_HEADERS } from './built-parts.ts';
import type { Layout } from './layouts.ts';
import type { Program } from './program.ts';
import { DOCUMENT_KEYS } from './projection-program.ts';
import { CHECK_SHAPE, slotAt } from './scan-check.ts';
import { findEntry } from './scan-entries.ts';
import * as memory from './scan-memory.ts';
import { BODY, HEADERS, HTTP_METHOD, HTTP_PATH, RAW_BODY } from './scan-slots.ts';
import type { FieldShape, LeafShape } from './shape.ts';
import { specialize } from './specialize.ts';
import { WHOLE_PROGRAM } from './whole-program.ts';

const { slots, entries: noted } = memory;

/** A place that can be taken out of a scan, so that nothing is written of it. */
interface Removal {
  readonly slot: number;
  /** The name of an entry, where the slot is a map's. */
  readonly name: Uint8Array | undefined;
  readonly hasPresence: boolean;
  /** Its number in the mask. */
  readonly place: number;
}

/** A mask over what a scan notes. */
export interface ScanMask {
  readonly removals: readonly Removal[];
  /** Fields that cannot be taken out, as others are made from them or are in them: they must not be there. */
  readonly absent: readonly number[];
  /** Whether all of the mask is in the two lists. */
  readonly isSimple: boolean;
  /** What is written of the messages of a layout, by the layout's number. */
  readonly special: (MaskedProgram | undefined)[];
}

/** A program without what is masked. */
export interface MaskedProgram {
  readonly layout: Layout;
  /** Undefined: only the decoder can tell. */
  readonly program: Program | undefined;
  /** The numbers of the places that are there. Undefined: none is left out, as that cannot be done. */
  readonly erased: readonly number[] | undefined;
}

const PRINCIPAL = slotAt('attributes', 'source', 'principal');
const MADE_FROM: ReadonlySet<number> = new Set([HTTP_METHOD, HTTP_PATH, BODY, RAW_BODY, PRINCIPAL]);
const NAMES_MADE_FROM: ReadonlySet<string> = new Set(BODY_HEADERS.map(({ name }) => name));

const made = new WeakMap<MaskTree, ScanMask>();

/** Made once for each mask. */
export function scanMask(tree: MaskTree): ScanMask {
  let mask = made.get(tree);
  if (mask === undefined) made.set(tree, (mask = new Compiler().compile(tree)));
  return mask;
}

class Compiler {
  readonly #removals: Removal[] = [];
  readonly #absent: number[] = [];
  #isSimple = true;

  compile(tree: MaskTree): ScanMask {
    if (tree.place >= 0) this.#isSimple = false;
    for (const [key, node] of tree.children ?? []) {
      if (key === 'attributes') this.#field(CHECK_SHAPE.root.fields.get(key), node);
      else if (key === 'source_principal') this.#absent.push(PRINCIPAL);
      else if (DOCUMENT_KEYS.includes(key)) this.#isSimple = false;
    }
    return { removals: this.#removals, absent: this.#absent, isSimple: this.#isSimple, special: [] };
  }

  #field(shape: FieldShape | undefined, node: MaskTree): void {
    // No request has what has no shape.
    if (shape === undefined) return;
    if (shape.kind === 'message') {
      if (node.place >= 0) this.#absent.push(shape.slot);
      for (const [key, child] of node.children ?? []) this.#field(shape.fields.get(key), child);
    } else if (shape.kind === 'texts') {
      if (node.place >= 0) this.#absent.push(shape.slot);
      for (const [key, child] of node.children ?? []) this.#entry(shape, key, child);
    } else if (shape.kind === 'text' && !MADE_FROM.has(shape.slot)) {
      this.#remove(shape, undefined, node);
    } else {
      this.#absent.push(shape.slot);
    }
  }

  #entry(shape: LeafShape, key: string, node: MaskTree): void {
    if (shape.slot === HEADERS && NAMES_MADE_FROM.has(key)) this.#isSimple = false;
    else this.#remove(shape, Uint8Array.from(Buffer.from(key)), node);
  }

  #remove({ slot, hasPresence }: LeafShape, name: Uint8Array | undefined, { place }: MaskTree): void {
    // A place in a text is nowhere.
    if (place >= 0) this.#removals.push({ slot, name, hasPresence, place });
  }
}

/**
 * Takes what is masked out of the scan in memory, which is then no good for anything else, and gives the numbers of the places
 * that were there. Undefined: it cannot be done, and the scan is as it was.
 */
export function removeMasked({ removals, absent, isSimple }: ScanMask): number[] | undefined {
  if (!isSimple) return undefined;
  for (const slot of absent) if (slots[slot * 2 + 1] !== 0) return undefined;
  const erased: number[] = [];
  for (const { slot, name, hasPresence, place } of removals) {
    const isThere = name === undefined ? removeText(slot, hasPresence) : removeEntries(slot, name);
    if (isThere) erased.push(place);
  }
  return erased;
}

/** What is left of the program that writes whole documents, for the messages of a layout, without what is masked. */
export function maskedProgram(mask: ScanMask, layout: Layout): MaskedProgram {
  const known = mask.special[layout.number];
  if (known !== undefined && known.layout === layout) return known;
  const removed = removedOf(mask, layout);
  const made = { layout, program: specialize(WHOLE_PROGRAM, layout, removed), erased: removed?.erased };
  return (mask.special[layout.number] = made);
}

function removedOf({ removals, absent, isSimple }: ScanMask, { sample, entries }: Layout) {
  if (!isSimple || absent.some((slot) => sample[slot * 2 + 1] !== 0)) return undefined;
  const removed = { slots: new Set<number>(), entries: new Set<number>(), erased: [] as number[] };
  for (const { slot, name, hasPresence, place } of removals) {
    if (name === undefined) {
      const end = sample[slot * 2 + 1]!;
      if (end !== sample[slot * 2] || (hasPresence && end !== 0)) removed.erased.push(place);
      removed.slots.add(slot);
    } else {
      const text = Buffer.from(name).toString();
      const entry = entries.findIndex((each) => each.slot === slot && each.name === text);
      if (entry < 0) continue;
      removed.erased.push(place);
      removed.entries.add(entry);
    }
  }
  return removed;
}

function removeText(slot: number, hasPresence: boolean): boolean {
  const end = slots[slot * 2 + 1]!;
  const isThere = end !== slots[slot * 2]! || (hasPresence && end !== 0);
  slots[slot * 2] = 0;
  slots[slot * 2 + 1] = 0;
  return isThere;
}

/** A name may come several times, of which the last counts. */
function removeEntries(slot: number, name: Uint8Array): boolean {
  let isThere = false;
  for (let entry = findEntry(slot, name); entry >= 0; entry = findEntry(slot, name)) {
    noted[entry] = 0;
    isThere = true;
  }
  return isThere;
}
