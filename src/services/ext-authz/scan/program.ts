import type { JsonValue } from '../../../json/value.ts';
import type { ResolvedTree } from '../../../policy/projection/resolve-tree.ts';

/*
 * A resolved tree over what a CheckRequest can hold, as steps that write the projected document: what `seenText` writes of the decoded
 * one. Each step is STEP numbers: what to do, where its text in `heads` begins, where its name ends there, where the text ends, and two
 * operands. The text of a member begins with a comma, which the first one of an object leaves out.
 */
export const STEP = 6;

/** Writes the head. Operand: a slot that must be noted, or 0. */
export const CONSTANT = 0;
/** Writes the head. Operands: a slot that must be noted, or 0; else the step to go on with. */
export const OPEN = 1;
/** Writes the head, without a comma. */
export const CLOSE = 2;
/** Writes head and text of a slot: operand 1. Bits of operand 2: an empty text is there, too; the text is written and not only the head. */
export const WRITE_TEXT = 3;
/** The same of a number; operand 2 is the number of `NUMBERS` with the mode beside it. */
export const WRITE_NUMBER = 4;
/** Writes the head of a member of a map, and its value where the mode says so. Operand 1: the number of the lookup. */
export const WRITE_ENTRY = 5;
/** All entries of a map: operand 1 its slot, operand 2 the number of the listing. */
export const WRITE_ENTRIES = 6;
/** Segments of the path. Operand 1: the number of the listing, -1 for the head alone; operand 2: the part to write instead, -1 for a plain path. */
export const WRITE_SEGMENTS = 7;
/** Writes a part that must be built. Operand 1: its number. */
export const WRITE_PART = 8;
/** Goes on with the next step if the path is plain; else writes part operand 1 and goes on with step operand 2. */
export const IF_PLAIN = 9;
/** Writes the head where there is no query, and else part operand 1. */
export const WRITE_QUERY = 10;
/** Writes the head and, where operand 1 is 1, the path up to its query. */
export const WRITE_RAW_PATH = 11;
/** Leaves a message to the decoder that has something in this slot: operand 1. */
export const DECODE = 12;
/** Writes the head and the text of a slot: operand 1. Of specialized programs, as the next two. */
export const WRITE_STRING = 13;
/** Writes the head and the value of an entry. Operand 1: where it is noted. */
export const WRITE_NAMED = 14;
/** Writes the head as it is, also where it begins with something else than a comma. */
export const WRITE_BYTES = 15;

/** What is written of a scalar. */
export const UNSEEN = -1;
export const MODE_NULL = 0;
export const MODE_TYPE = 1;
export const MODE_VALUE = 2;

export interface Lookup {
  readonly slot: number;
  readonly name: Uint8Array;
  readonly mode: number;
}

/** Modes of the elements or members by name or index, and of all others. */
export interface Listing {
  readonly names: readonly Uint8Array[];
  readonly modes: readonly number[];
  readonly others: number;
}

/** A member of the document that is made of others. */
export interface BuiltPart {
  readonly key: string;
  readonly tree: ResolvedTree;
  /** What was seen of it last, if it is short and frozen: most requests have no body, and share what is said of it. */
  lastValue: JsonValue | undefined;
  lastText: string;
}

export interface Program {
  readonly steps: Int32Array;
  /** In UTF-8, and a few bytes more, so that the last ones can be read four at once. */
  readonly heads: DataView;
  readonly lookups: readonly Lookup[];
  readonly listings: readonly Listing[];
  readonly parts: readonly BuiltPart[];
}

/** Heads as a program has them. */
export function headsOf(bytes: ArrayLike<number>): DataView {
  const padded = new Uint8Array(bytes.length + 4);
  padded.set(bytes);
  return new DataView(padded.buffer);
}
