import { hash } from 'node:crypto';
import type { ReadTree } from '../policy/plan/footprint.ts';

/**
 * One string out of parts that may hold anything: each part is preceded by its length in UTF-16 units, so that no two
 * lists of parts give the same string (`["a","bc"]` and `["ab","c"]` differ). Hashed, because it is a constant of an
 * entrypoint and the key of every cached answer begins with it.
 */
export function keyPrefix(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  return hash('sha256', text, 'base64url');
}

/** What answers of a policy set come from, as callers see it: SHA-256 over the digests of its policy and data, hex. */
export function policySetDigest(digests: {
  readonly policyDigest: string;
  readonly dataDigest: string;
}): string {
  return Buffer.from(keyPrefix([digests.policyDigest, digests.dataDigest]), 'base64url').toString('hex');
}

/**
 * A tree as text, the same for equal trees only: the reads, the children by key in a fixed order, each preceded by its
 * length, and what stands for each key. Keys of one projection mean nothing to another.
 */
export function treeText({ reads, children, each }: ReadTree): string {
  const parts = Array.from(children ?? [], ([key, child]) => `${key.length}:${key}${treeText(child)}`);
  return `(${reads}|${parts.sort().join('')}|${each === undefined ? '' : treeText(each)})`;
}
