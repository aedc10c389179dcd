import { PortcullisError } from '../../../errors.ts';
import type { Layout } from './layouts.ts';
import {
  CLOSE,
  CONSTANT,
  DECODE,
  headsOf,
  IF_PLAIN,
  OPEN,
  type Program,
  STEP,
  WRITE_BYTES,
  WRITE_ENTRIES,
  WRITE_NAMED,
  WRITE_NUMBER,
  WRITE_PART,
  WRITE_QUERY,
  WRITE_RAW_PATH,
  WRITE_SEGMENTS,
  WRITE_STRING,
  WRITE_TEXT,
} from './program.ts';
import { ENTRY } from './scan-memory.ts';

/** What is not to be written, as if it were not there. */
export interface Removed {
  readonly slots: ReadonlySet<number>;
  /** By their numbers in the layout. */
  readonly entries: ReadonlySet<number>;
}

/**
 * What is left of a program that writes whole documents, for the messages of one layout: it writes the same. What is there and what is not is the same in all of them, and so
 * are the names of entries; so steps that write nothing are left out, names and structure between two values are one piece, and entries come
 * in their order. Numbers stay as they are, since a zero is not written, and so does what is made of the path or built. Undefined: only
 * the decoder can tell.
 */
export function specialize(program: Program, layout: Layout, removed?: Removed): Program | undefined {
  return new Specializer(program, layout, removed).specialize();
}

const OPEN_BRACE = 0x7b;

class Specializer {
  readonly #program: Program;
  readonly #layout: Layout;
  readonly #removed: Removed | undefined;
  readonly #heads: number[] = [];
  readonly #steps: number[] = [];
  /** What is to be written before the next value. */
  #pending: number[] = [];
  /** Whether a comma that it may begin with is left out where an object begins. */
  #mayHaveComma = true;
  /** By place of a step of the program: where the one stands that came of it. */
  readonly #landings = new Map<number, number>();
  #needsDecoder = false;
  /** Steps that jump. */
  readonly #jumps: number[] = [];

  constructor(program: Program, layout: Layout, removed: Removed | undefined) {
    this.#program = program;
    this.#layout = layout;
    this.#removed = removed;
  }

  specialize(): Program | undefined {
    const { steps, lookups, listings, parts } = this.#program;
    const targets = new Set<number>();
    for (let at = 0; at < steps.length; at += STEP) if (steps[at] === IF_PLAIN) targets.add(steps[at + 5]!);
    for (let at = 0; at < steps.length; ) {
      if (targets.has(at)) this.#land(at);
      at = this.#step(at);
    }
    if (this.#needsDecoder) return undefined;
    this.#land(steps.length);
    for (const jump of this.#jumps) this.#steps[jump + 5] = this.#landings.get(this.#steps[jump + 5]!)!;
    return {
      steps: Int32Array.from(this.#steps),
      heads: headsOf(this.#heads),
      lookups,
      listings,
      parts,
    };
  }

  #land(at: number): void {
    this.#flush();
    this.#landings.set(at, this.#steps.length);
  }

  /** Returns where the next step is. */
  #step(at: number): number {
    const { steps, heads } = this.#program;
    const [what, start, nameEnd, end, a, b] = steps.subarray(at, at + STEP) as unknown as Step;
    const head = new Uint8Array(heads.buffer, start, end - start);
    switch (what) {
      case CONSTANT:
        this.#add(head);
        break;
      case OPEN:
        if (a !== 0 && !this.#isThere(a)) return b;
        this.#add(head);
        break;
      case CLOSE:
        this.#addBytes([0x7d]);
        break;
      case WRITE_TEXT:
        if (!this.#isThere(a) || (this.#isEmpty(a) && (b & 1) === 0)) break;
        this.#add(head);
        this.#value(WRITE_STRING, a);
        break;
      case WRITE_NUMBER:
        if (this.#isThere(a)) this.#keep(what, start, nameEnd, end, a, b);
        break;
      case WRITE_ENTRIES:
        if (this.#isThere(a)) this.#entries(head, a);
        break;
      case DECODE:
        if (this.#isThere(a)) this.#needsDecoder = true;
        break;
      case IF_PLAIN:
      case WRITE_PART:
      case WRITE_QUERY:
      case WRITE_RAW_PATH:
      case WRITE_SEGMENTS:
        this.#keep(what, start, nameEnd, end, a, b);
        break;
      default:
        throw new PortcullisError('internal', `A whole document is not written by step ${what}`);
    }
    return at + STEP;
  }

  #isThere(slot: number): boolean {
    return this.#layout.sample[slot * 2 + 1] !== 0 && this.#removed?.slots.has(slot) !== true;
  }

  #isEmpty(slot: number): boolean {
    return this.#layout.sample[slot * 2 + 1] === this.#layout.sample[slot * 2];
  }

  #entries(head: Uint8Array, slot: number): void {
    this.#add(head);
    this.#addBytes([OPEN_BRACE]);
    const sorted = this.#layout.entries
      .map((entry, i) => ({ ...entry, i }))
      .filter((entry) => entry.slot === slot && !this.#removed?.entries.has(entry.i))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const { name, i } of sorted) {
      this.#add(Buffer.from(`,"${name}":`, 'latin1'));
      this.#value(WRITE_NAMED, i * ENTRY);
    }
    this.#addBytes([0x7d]);
  }

  /** As `writeHead`. */
  #add(head: Uint8Array): void {
    const isFirst = this.#pending.at(-1) === OPEN_BRACE;
    if (this.#pending.length === 0) this.#mayHaveComma = true;
    this.#pending.push(...(isFirst ? head.subarray(1) : head));
  }

  #addBytes(bytes: readonly number[]): void {
    if (this.#pending.length === 0) this.#mayHaveComma = false;
    this.#pending.push(...bytes);
  }

  /** A step that writes what is pending and a value. */
  #value(what: number, a: number): void {
    if (!this.#mayHaveComma) this.#flush();
    this.#emit(what, this.#pending, this.#pending.length, a, 0);
    this.#pending = [];
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#emit(this.#mayHaveComma ? CONSTANT : WRITE_BYTES, this.#pending, this.#pending.length, 0, 0);
    this.#pending = [];
  }

  /** The step as it is. */
  #keep(what: number, start: number, nameEnd: number, end: number, a: number, b: number): void {
    this.#flush();
    if (what === IF_PLAIN) this.#jumps.push(this.#steps.length);
    const head = new Uint8Array(this.#program.heads.buffer, start, end - start);
    this.#emit(what, head, nameEnd - start, a, b);
  }

  #emit(what: number, head: ArrayLike<number>, nameLength: number, a: number, b: number): void {
    const start = this.#heads.length;
    for (let i = 0; i < head.length; i++) this.#heads.push(head[i]!);
    this.#steps.push(what, start, start + nameLength, this.#heads.length, a, b);
  }
}

type Step = [what: number, start: number, nameEnd: number, end: number, a: number, b: number];
