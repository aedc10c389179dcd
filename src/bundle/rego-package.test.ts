import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { regoPackage } from './rego-package.ts';

describe('regoPackage', () => {
  const table: [source: string, segments: string[] | undefined][] = [
    ['package a', ['a']],
    ['# package x\n\n  # y\r\npackage a.b.c # z\n', ['a', 'b', 'c']],
    ['package a["b.c/d"].e["\\"]"]\nimport rego.v1', ['a', 'b.c/d', 'e', '"]']],
    ['package\ta;x := 1', ['a']],
    ['\ufeffpackage a', ['a']],
    ['', undefined],
    ['import rego.v1\npackage a', undefined],
    ['packagea', undefined],
    ['package', undefined],
    ['package a.', undefined],
    ['package a b', undefined],
    ['package 1a', undefined],
    ['package a["b]\n', undefined],
    ['# only a comment', undefined],
    ['package a[`b c`]\n', ['a', 'b c']],
    ['package a[`b\nc\\`].d', ['a', 'b\nc\\', 'd']],
    ['package\n  a.b\nallow := true', ['a', 'b']],
    ['package # x\n a', ['a']],
    ['package a[\n"b" ]', ['a', 'b']],
    ['package a["\\u0041"]', ['a', 'A']],
    ['package a["\\x41"]', undefined],
    ['package a["b"] ["c"]', undefined],
    ['package a[b]', undefined],
    ['package a[`b', undefined],
    ['package a.\nb', undefined],
    ['package ["a"]', undefined],
    ['package é', undefined],
    ['\u00a0package a', undefined],
  ];
  for (const [source, segments] of table) {
    it(`reads ${JSON.stringify(source)}`, () => assert.deepEqual(regoPackage(source), segments));
  }
});

describe('regoPackage, however much stands before the package', () => {
  for (const line of ['\n', ' \n', '# x\n', '#\n\n']) {
    it(`reads through two million times ${JSON.stringify(line)}`, () => {
      assert.deepEqual(regoPackage(`${line.repeat(2_000_000)}package a`), ['a']);
    });
  }
});
