import { Buffer } from 'node:buffer';
import type { MaskTree } from './mask-tree.ts';

/** A mask tree for a scan that has keys as bytes. */
export interface TextMask {
  readonly place: number;
  /** Children by the hashes of their keys; empty when there are none. */
  readonly hashes: readonly number[];
  readonly keys: readonly Uint8Array[];
  readonly children: readonly TextMask[];
  /** Children as elements of an array. */
  readonly elements: ReadonlyMap<number, TextMask>;
}

const made = new WeakMap<MaskTree, TextMask>();

/** Made once for each tree. */
export function textMask(tree: MaskTree): TextMask {
  let mask = made.get(tree);
  if (mask === undefined) made.set(tree, (mask = compiled(tree)));
  return mask;
}

function compiled({ place, children }: MaskTree): TextMask {
  const entries = Array.from(children ?? [], ([key, child]) => ({
    key,
    bytes: Buffer.from(key),
    child: compiled(child),
  }));
  return {
    place,
    hashes: entries.map(({ bytes }) => bytes.reduce(nextHash, 0)),
    keys: entries.map(({ bytes }) => bytes),
    children: entries.map(({ child }) => child),
    elements: new Map(
      entries.flatMap(({ key, child }) => (INDEX.test(key) ? [[Number(key), child] as const] : [])),
    ),
  };
}

/** RFC 6901 section 4. */
const INDEX = /^(?:0|[1-9][0-9]*)$/;

/** The hash of a key, one byte further; it begins with 0. Different keys have different hashes, mostly. */
export const nextHash = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;
