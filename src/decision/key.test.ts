import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { descriptor } from '../../test/support/engine.ts';
import type { ReadTree } from '../policy/plan/footprint.ts';
import { answersPrefix } from './active-entrypoint.ts';
import { keyPrefix, treeText } from './key.ts';

/** Names that could run into each other: separators, digits as of lengths, empty ones. */
const name = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'b', '1:a', ':', '/', 'a/b', '1', '2:', '|', '(', ')', '(0||)', '__proto__'),
  fc.string({ unit: fc.constantFrom('a', ':', '1', '2', '/', '|', '(', ')'), maxLength: 6 }),
);

interface Drawn {
  readonly reads: number;
  readonly children: readonly (readonly [string, ReadTree])[];
  readonly each: ReadTree | undefined;
}
const treeOf = (child: fc.Arbitrary<ReadTree>): fc.Arbitrary<ReadTree> =>
  fc
    .record({
      reads: fc.constantFrom(0, 1, 2, 8, 16),
      children: fc.array(fc.tuple(name, child), { maxLength: 2 }),
      each: fc.option(child, { nil: undefined }),
    })
    .map(written);
function written({ reads, children, each }: Drawn): ReadTree {
  const below = children.length > 0 ? { children: new Map(children) } : {};
  return each === undefined ? { reads, ...below } : { reads, ...below, each };
}
const leaf: fc.Arbitrary<ReadTree> = fc.constantFrom({ reads: 0 }, { reads: 16 });
const tree = fc.oneof(leaf, treeOf(leaf), treeOf(treeOf(leaf)));

/** A tree, read otherwise than `treeText` does. */
const meaning = ({ reads, children, each }: ReadTree): unknown => [
  reads,
  [...(children ?? [])]
    .map(([key, child]) => [key, meaning(child)])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  each === undefined ? null : meaning(each),
];

test('two trees have one text exactly when they say the same', () => {
  fc.assert(
    fc.property(tree, tree, (one, other) => {
      const same = JSON.stringify(meaning(one)) === JSON.stringify(meaning(other));
      assert.equal(treeText(one) === treeText(other), same);
    }),
    { numRuns: 1000 },
  );
});

test('two lists of parts have one prefix exactly when they are equal', () => {
  const parts = fc.array(name, { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      assert.equal(keyPrefix(one) === keyPrefix(other), same);
    }),
    { numRuns: 1000 },
  );
});

test('answers are never shared across policy sets, entrypoints, digests, footprints or evaluators', () => {
  const version = fc.record({
    set: name,
    path: name,
    policyDigest: name,
    dataDigest: name,
    seen: fc.option(name, { nil: undefined }),
    planned: fc.boolean(),
    tree,
  });
  type Version = typeof version extends fc.Arbitrary<infer V> ? V : never;
  const prefix = ({ set, path, policyDigest, dataDigest, seen, planned, tree: read }: Version): string =>
    answersPrefix(
      descriptor(set, {
        policyDigest,
        dataDigest,
        ...(seen !== undefined && { dataDigests: new Map([[path, seen]]) }),
        planned: planned ? [path] : [],
      }),
      path,
      read,
    );
  /** All data do not count where it is known what is seen of them. */
  const identity = ({ set, path, policyDigest, dataDigest, seen, planned, tree: read }: Version): string =>
    JSON.stringify([set, path, policyDigest, seen ?? [dataDigest], planned, meaning(read)]);
  fc.assert(
    fc.property(
      version,
      version,
      fc.subarray(['set', 'path', 'policyDigest', 'dataDigest', 'seen', 'planned', 'tree'] as const),
      (one, other, same) => {
        // Most parts equal, so that the others are what tells them apart.
        const near = { ...other, ...Object.fromEntries(same.map((part) => [part, one[part]])) };
        assert.equal(prefix(one) === prefix(near), identity(one) === identity(near));
        assert.equal(prefix(one), prefix({ ...one }));
      },
    ),
    { numRuns: 1000 },
  );
});
