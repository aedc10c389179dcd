import type { JsonPointer } from './pointer.ts';

/** Pointers into one document as a tree, to be walked along with what is read. */
export interface MaskTree {
  /** Which of the pointers ends here; -1: none, this is on the way to one. */
  readonly place: number;
  /** By member name, or by index as RFC 6901 writes it; undefined: nothing below is masked. */
  readonly children: ReadonlyMap<string, MaskTree> | undefined;
}

/** A document as text without what is masked. */
export interface MaskedText {
  /**
   * JSON on one line, in UTF-8; undefined: the whole document is masked. In memory that is used again for the next text, whosever
   * that is: to be written away at once.
   */
  readonly text: Uint8Array | undefined;
  /** The numbers of the places that were there, in any order; also those inside of others. */
  readonly erased: readonly number[];
}

/** The tree of pointers, which are numbered by their order. Of equal ones the first counts. */
export function maskTree(pointers: readonly JsonPointer[]): MaskTree {
  return subtree(
    pointers.map((pointer, place) => ({ pointer, place })),
    0,
  );
}

interface Numbered {
  readonly pointer: JsonPointer;
  readonly place: number;
}

function subtree(pointers: readonly Numbered[], depth: number): MaskTree {
  const ending = pointers.find(({ pointer }) => pointer.length === depth);
  const below = Map.groupBy(
    pointers.filter(({ pointer }) => pointer.length > depth),
    ({ pointer }) => pointer[depth]!,
  );
  const children = new Map(Array.from(below, ([key, inside]) => [key, subtree(inside, depth + 1)]));
  return { place: ending?.place ?? -1, children: children.size === 0 ? undefined : children };
}
