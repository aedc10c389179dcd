import type { Effect } from '../builtins/builtin.ts';
import type { PlanLocation } from './ir.ts';

/**
 * What an entrypoint can see of a value beyond whether there is one, as bits to be joined. None implies another but FULL,
 * which says everything.
 */
/** Its JSON type; `true`, `false` and `null` are told apart. */
export const TYPE = 1;
/** The keys of an object, the length of an array. Nothing of scalars. */
export const KEYS = 2;
/** Of a scalar its value, as far as comparisons tell: 1 and 1.0 are the same. Of an array or an object the type. */
export const COMPARED = 4;
/** Of a scalar all of it, numbers by their source text. Of an array or an object the type. */
export const SCALAR = 8;
/** Everything, down to the last number. */
export const FULL = 16;

/** What can be seen of a document, as a tree: a value that has no node cannot be seen at all, not even whether it is there. Plain data. */
export interface ReadTree {
  /** Of the value itself; 0: only whether it is there. */
  readonly reads: number;
  /** Of what stands under a key of an object, or an index of an array (in decimal digits). */
  readonly children?: ReadonlyMap<string, ReadTree>;
  /** Of every element or member, whatever its key; joined with that of `children`. The keys then count as read, too. */
  readonly each?: ReadTree;
}

/** Where a part of the input is read as a whole, for people. */
export interface FullRead {
  /** Such as `input.attributes.request`; `*` stands for any key. */
  readonly path: string;
  readonly at: PlanLocation;
  /** What does it, as in “handed to json.marshal”. */
  readonly why: string;
}

/** What an entrypoint can depend on, by its plan and the base data. Plain data. */
export interface Footprint {
  readonly input: ReadTree;
  /** Of the base data. */
  readonly data: ReadTree;
  /** The builtins that it can call whose results depend on more than their arguments, by what they depend on. */
  readonly effects: ReadonlyMap<Effect, readonly string[]>;
  /**
   * What becomes of the time that `time.now_ns` gives. `compared`: it only meets other numbers in comparisons, sums and the
   * builtins that take a date apart, so that how long an answer holds can be told. `free`: anything else.
   */
  readonly clock: 'unread' | 'compared' | 'free';
  /** Where and why the clock is `free`, as far as that is known: the first place. */
  readonly clockFreed?: Omit<FullRead, 'path'>;
  /** Why parts of the input are read as a whole: the first place for each path. */
  readonly fullReads: readonly FullRead[];
}

export const WHOLE: ReadTree = { reads: FULL };

/** Whether anything at or below a key of an object can be seen, be it only that it is there. */
export function mayRead({ reads, children, each }: ReadTree, key: string): boolean {
  return (reads & (FULL | KEYS)) !== 0 || each !== undefined || children?.has(key) === true;
}
