import { COMPARED, FULL, SCALAR, TYPE } from '../../../policy/plan/footprint.ts';
import type { ResolvedTree } from '../../../policy/projection/resolve-tree.ts';
import { seenText } from '../../../policy/projection/seen-text.ts';
import { VERSION } from '../request/input-document.ts';
import {
  type BuiltPart,
  CLOSE,
  CONSTANT,
  DECODE,
  headsOf,
  IF_PLAIN,
  type Listing,
  type Lookup,
  MODE_NULL,
  MODE_TYPE,
  MODE_VALUE,
  OPEN,
  type Program,
  STEP,
  UNSEEN,
  WRITE_ENTRIES,
  WRITE_ENTRY,
  WRITE_NUMBER,
  WRITE_PART,
  WRITE_QUERY,
  WRITE_RAW_PATH,
  WRITE_SEGMENTS,
  WRITE_TEXT,
} from './program.ts';
import { CHECK_SHAPE, slotAt } from './scan-check.ts';
import { MAX_SEGMENTS } from './scan-path.ts';
import type { FieldShape, LeafShape, MessageShape } from './shape.ts';

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
      heads: headsOf(Buffer.from(this.#heads, 'latin1')),
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
