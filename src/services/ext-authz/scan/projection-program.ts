import type { JsonValue } from '../../../json/value.ts';
import { COMPARED, FULL, SCALAR, TYPE } from '../../../policy/plan/footprint.ts';
import type { ResolvedTree } from '../../../policy/projection/resolve-tree.ts';
import { seenText } from '../../../policy/projection/seen-text.ts';
import { VERSION } from '../request/input-document.ts';
import { CHECK_SHAPE, slotAt } from './scan-check.ts';
import { MAX_SEGMENTS } from './scan-path.ts';
import type { FieldShape, LeafShape, MessageShape } from './shape.ts';

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
/** Writes head and text of a slot. Operand 2: whether an empty one is there, too. */
export const WRITE_TEXT = 3;
/** The same of a number; operand 2 is the number of `NUMBERS` with the mode beside it. */
export const WRITE_NUMBER = 4;
/** Member of a map. Its name, then a comma, are in `names`. Operands: the number of the lookup. */
export const WRITE_ENTRY = 5;
/** All entries of a map: operand 1 its slot, operand 2 the number of the listing. */
export const WRITE_ENTRIES = 6;
/** Segments of the path. Operand 1: the number of the listing. */
export const WRITE_SEGMENTS = 7;
/** Writes a part that must be built. Operand 1: its number. */
const WRITE_PART = 8;
/** Goes on with the next step if the path is plain; else writes part operand 1 and goes on with step operand 2. */
export const IF_PLAIN = 9;
/** Writes the head where there is no query, and else part operand 1. */
export const WRITE_QUERY = 12;
/** The path up to its query. */
export const WRITE_RAW_PATH = 10;
/** What is only known to be there and must be decoded to be written: slot. */
export const DECODE = 11;

/** What is written of a scalar. */
const UNSEEN = -1;
const MODE_NULL = 0;
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
  /** What was seen of it last, if it is short: most requests have no body, and share what is said of it. */
  lastValue: JsonValue | undefined;
  lastText: string;
}

export interface Program {
  readonly steps: Int32Array;
  readonly heads: Uint8Array;
  readonly lookups: readonly Lookup[];
  readonly listings: readonly Listing[];
  readonly parts: readonly BuiltPart[];
}

export function compileProgram(tree: ResolvedTree): Program {
  return new Compiler().compile(tree);
}

const NUMBERS: readonly LeafShape['kind'][] = ['int32', 'uint32', 'int64', 'bool'];

const ALL: ResolvedTree = { reads: FULL, members: [], elements: [], byKey: undefined, others: undefined };

/** What can be seen under a key, undefined for nothing. */
function under(tree: ResolvedTree, key: string): ResolvedTree | undefined {
  return (tree.reads & FULL) === 0 ? (tree.byKey?.get(key) ?? tree.others) : ALL;
}

function modeOf(tree: ResolvedTree | undefined): number {
  if (tree === undefined) return UNSEEN;
  if ((tree.reads & (SCALAR | COMPARED | FULL)) !== 0) return MODE_VALUE;
  return (tree.reads & TYPE) === 0 ? MODE_NULL : MODE_TYPE;
}

/** Whether only something about the object or the array itself can be seen. */
const isShallow = (tree: ResolvedTree): boolean =>
  (tree.reads & FULL) === 0 && tree.members.length === 0 && tree.others === undefined;

class Compiler {
  readonly #steps: number[] = [];
  #heads = '';
  readonly #lookups: Lookup[] = [];
  readonly #listings: Listing[] = [];
  readonly #parts: BuiltPart[] = [];

  compile(tree: ResolvedTree): Program {
    if (isShallow(tree)) {
      this.#emit(CONSTANT, tree.reads === 0 ? 'null' : '{}');
    } else {
      this.#emit(OPEN, '{');
      for (const key of DOCUMENT_KEYS) {
        const seen = under(tree, key);
        if (seen !== undefined) this.#documentMember(key, seen);
      }
      this.#emit(CLOSE, '}');
    }
    return {
      steps: Int32Array.from(this.#steps),
      heads: Uint8Array.from(Buffer.from(this.#heads, 'latin1')),
      lookups: this.#lookups,
      listings: this.#listings,
      parts: this.#parts,
    };
  }

  /** Returns where the step stands. */
  #emit(step: number, head: string, a = 0, b = 0, value = ''): number {
    const start = this.#heads.length;
    this.#heads += head + value;
    return this.#steps.push(step, start, start + head.length, this.#heads.length, a, b) - STEP;
  }

  /** Lets a step jump to what comes next. */
  #land(step: number): void {
    this.#steps[step + 5] = this.#steps.length;
  }

  #documentMember(key: string, tree: ResolvedTree): void {
    const head = memberHead(key);
    switch (key) {
      case 'attributes':
        this.#field(head, CHECK_SHAPE.root.fields.get(key)!, tree);
        break;
      case 'version':
        this.#emit(CONSTANT, head + seenText(tree, VERSION));
        break;
      case 'source_principal':
        this.#text(head, modeOf(tree), slotAt('attributes', 'source', 'principal'), false);
        break;
      case 'parsed_path':
        this.#segments(head, key, tree);
        break;
      case 'path':
        this.#pathFacts(head, key, tree);
        break;
      case 'parsed_query':
        this.#emit(WRITE_QUERY, head, this.#newPart(key, tree), 0, seenText(tree, NO_QUERY));
        break;
      default:
        this.#part(head, key, tree);
    }
  }

  #field(head: string, shape: FieldShape, tree: ResolvedTree): void {
    if (shape.kind === 'message') this.#message(head, shape, tree);
    else if (shape.kind === 'text') this.#text(head, modeOf(tree), shape.slot, shape.hasPresence);
    else if (shape.kind === 'texts') this.#texts(head, shape.slot, tree);
    else if (shape.kind === 'decoded') this.#emit(DECODE, '', shape.slot);
    else this.#number(head, shape, modeOf(tree));
  }

  #message(head: string, { slot, fields }: MessageShape, tree: ResolvedTree): void {
    if (isShallow(tree)) {
      this.#emit(CONSTANT, head + (tree.reads === 0 ? 'null' : '{}'), slot);
      return;
    }
    const open = this.#emit(OPEN, `${head}{`, slot);
    for (const name of [...fields.keys()].sort()) {
      const seen = under(tree, name);
      if (seen !== undefined) this.#field(memberHead(name), fields.get(name)!, seen);
    }
    this.#emit(CLOSE, '}');
    this.#land(open);
  }

  #text(head: string, mode: number, slot: number, hasPresence: boolean): void {
    const text = mode === MODE_VALUE ? '' : mode === MODE_TYPE ? '""' : 'null';
    this.#emit(WRITE_TEXT, head + text, slot, (hasPresence ? 1 : 0) | (mode === MODE_VALUE ? 2 : 0));
  }

  #number(head: string, { kind, slot, hasPresence }: LeafShape, mode: number): void {
    this.#emit(WRITE_NUMBER, head, slot, NUMBERS.indexOf(kind) | (hasPresence ? 4 : 0) | (mode << 3));
  }

  #texts(head: string, slot: number, tree: ResolvedTree): void {
    if (isShallow(tree)) {
      this.#emit(CONSTANT, head + (tree.reads === 0 ? 'null' : '{}'), slot);
      return;
    }
    if ((tree.reads & FULL) !== 0 || tree.others !== undefined) {
      const others = modeOf((tree.reads & FULL) === 0 ? tree.others : ALL);
      const names = tree.members.map(({ key }) => bytesOf(key));
      const modes = tree.members.map((member) => modeOf(member.tree));
      this.#emit(WRITE_ENTRIES, head, slot, this.#listings.push({ names, modes, others }) - 1);
      return;
    }
    const open = this.#emit(OPEN, `${head}{`, slot);
    for (const { key, head: memberText, tree: seen } of tree.members) {
      const mode = modeOf(seen);
      const text = mode === MODE_VALUE ? '' : mode === MODE_TYPE ? '""' : 'null';
      const lookup = this.#lookups.push({ slot, name: bytesOf(key), mode }) - 1;
      this.#emit(WRITE_ENTRY, `,${utf8(memberText)}${text}`, lookup);
    }
    this.#emit(CLOSE, '}');
    this.#land(open);
  }

  /** Of `parsed_path`, and of the segments of plain paths. */
  #segments(head: string, key: string, tree: ResolvedTree): void {
    const part = this.#newPart(key, tree);
    if ((tree.reads & FULL) === 0 && tree.others === undefined && tree.byKey === undefined) {
      // The path must be one that can be decoded all the same.
      this.#emit(WRITE_SEGMENTS, head, -1, part, tree.reads === 0 ? 'null' : '[]');
      return;
    }
    this.#emit(WRITE_SEGMENTS, head, this.#listing(tree), part);
  }

  #listing(tree: ResolvedTree): number {
    const others = modeOf((tree.reads & FULL) === 0 ? tree.others : ALL);
    const modes: number[] = [];
    // A path has fewer segments than that, or is told by its part.
    for (const { index, tree: seen } of tree.elements) {
      if (index >= MAX_SEGMENTS) break;
      while (modes.length < index) modes.push(others);
      modes.push(modeOf(seen));
    }
    return this.#listings.push({ names: [], modes, others }) - 1;
  }

  #pathFacts(head: string, key: string, tree: ResolvedTree): void {
    const part = this.#newPart(key, tree);
    const plain = this.#emit(IF_PLAIN, head, part);
    if (isShallow(tree)) {
      this.#emit(CONSTANT, head + (tree.reads === 0 ? 'null' : '{}'));
    } else {
      this.#emit(OPEN, `${head}{`);
      for (const name of ['ambiguities', 'decoded_segments', 'normalized', 'raw', 'raw_segments']) {
        const seen = under(tree, name);
        if (seen !== undefined) this.#plainFact(memberHead(name), name, seen);
      }
      this.#emit(CLOSE, '}');
    }
    this.#land(plain);
  }

  #plainFact(head: string, name: string, tree: ResolvedTree): void {
    if (name === 'ambiguities') {
      this.#emit(CONSTANT, head + seenText(tree, []));
    } else if (name === 'raw' || name === 'normalized') {
      const mode = modeOf(tree);
      const text = mode === MODE_VALUE ? '' : mode === MODE_TYPE ? '""' : 'null';
      this.#emit(WRITE_RAW_PATH, head + text, mode === MODE_VALUE ? 1 : 0);
    } else if ((tree.reads & FULL) === 0 && tree.others === undefined && tree.byKey === undefined) {
      this.#emit(CONSTANT, head + (tree.reads === 0 ? 'null' : '[]'));
    } else {
      this.#emit(WRITE_SEGMENTS, head, this.#listing(tree), -1);
    }
  }

  #newPart(key: string, tree: ResolvedTree): number {
    return this.#parts.push({ key, tree, lastValue: undefined, lastText: '' }) - 1;
  }

  #part(head: string, key: string, tree: ResolvedTree): void {
    this.#emit(WRITE_PART, head, this.#newPart(key, tree));
  }
}

const NO_QUERY = Object.freeze({});

/** All that an input can have, sorted. */
export const DOCUMENT_KEYS: readonly string[] = [
  'attributes',
  'body',
  'parsed_body',
  'parsed_path',
  'parsed_query',
  'path',
  'source_principal',
  'truncated_body',
  'version',
];

const memberHead = (key: string): string => `,"${key}":`;
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'));
/** Text as one character for each byte of its UTF-8. */
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
