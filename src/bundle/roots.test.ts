import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { CanonicalText } from '../json/canonical-text.ts';
import { readManifest } from './manifest.ts';
import { checkDataInside, insideRoots, type RootTree, rootsOverlap, rootTree } from './roots.ts';

describe('rootTree', () => {
  const table: [roots: string[], message: RegExp | undefined][] = [
    [[], undefined],
    [[''], undefined],
    [['a', 'ab', 'b/c', 'b/d'], undefined],
    [['a/b', 'x', 'a/b'], /roots "a\/b" and "a\/b" overlap/],
    [['a/b/c', 'x', 'a'], /roots "a\/b\/c" and "a" overlap/],
    [['x', 'a', 'a/b/c'], /roots "a" and "a\/b\/c" overlap/],
    [['a', ''], /roots "a" and "" overlap/],
    [['', 'a'], /roots "" and "a" overlap/],
  ];
  for (const [roots, message] of table) {
    it(`${message === undefined ? 'takes' : 'refuses'} ${JSON.stringify(roots)}`, () => {
      if (message === undefined) rootTree(roots);
      else assert.throws(() => rootTree(roots), { code: 'bundle_roots_overlap', message });
    });
  }

  it('agrees with the comparison of each root with each', () => {
    const root = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })
      .map((segments) => segments.join('/'));
    fc.assert(
      fc.property(fc.array(root, { maxLength: 6 }), root, (roots, path) => {
        const apart = roots.every((a, i) => roots.every((b, j) => i === j || !rootsOverlap(a, b)));
        let tree: RootTree | undefined;
        try {
          tree = rootTree(roots);
        } catch {}
        assert.equal(tree !== undefined, apart);
        if (tree === undefined) return;
        const inside = roots.some((each) => each === '' || each === path || path.startsWith(`${each}/`));
        assert.equal(insideRoots(tree, path === '' ? [] : path.split('/')), inside);
      }),
    );
  });

  it('takes many roots, and a root of many slashes', () => {
    const roots = Array.from({ length: 50_000 }, (_, index) => `r${index}`);
    assert.equal(rootTree(roots).children.size, 50_000);
    const slashes = `a${'/'.repeat(200_000)}b`;
    assert.equal(
      readManifest({ path: '.manifest', bytes: Buffer.from(JSON.stringify({ roots: [`/${slashes}//`] })) })
        .roots[0],
      slashes,
    );
  });
});

describe('checkDataInside', () => {
  const table: [roots: string[], data: string, outside: string | undefined][] = [
    [[''], '{"a":[1]}', undefined],
    [['a/b'], '{}', undefined],
    [['a/b'], '{"a":{}}', undefined],
    [['a/b'], '{"a":{"b":[1]}}', undefined],
    [['a/b'], '{"a":{"b":1,"c":2}}', '/a/c'],
    [['a/b'], '{"a":1}', '/a'],
    [['a/b'], '{"a":[]}', '/a'],
    [['a/b'], '{"a":[1]}', '/a'],
    // An array has no key 0 that a root could be.
    [['a/0'], '{"a":[{}]}', '/a'],
  ];
  for (const [roots, data, outside] of table) {
    it(`${outside === undefined ? 'takes' : 'refuses'} ${data} with ${JSON.stringify(roots)}`, () => {
      const check = (): void => checkDataInside(rootTree(roots), new CanonicalText(Buffer.from(data)));
      if (outside === undefined) return check();
      const message = `the data at ${outside} is outside the bundle's roots`;
      assert.throws(check, { code: 'bundle_outside_roots', message });
    });
  }
});

describe('rootsOverlap', () => {
  const table: [a: string, b: string, overlap: boolean][] = [
    ['', 'a', true],
    ['a', 'a', true],
    ['a', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a', 'ab', false],
    ['', '', true],
  ];
  for (const [a, b, overlap] of table) {
    it(`is ${overlap} for ${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => {
      assert.equal(rootsOverlap(a, b), overlap);
      assert.equal(rootsOverlap(b, a), overlap);
    });
  }
});
