import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BuiltinError } from '../builtin.ts';
import { matchesGlob } from './glob-match.ts';
import { compileGlob } from './glob-matcher.ts';
import { type GlobSequence, parseGlobPattern } from './glob-pattern.ts';

const PIECES =
  'a b / . ab * * ** ? [ab] [!a] [a-b] [!b-z] [/.] {a,b} {,a*} {**,/} {a,{b,*}/} \\* é \u{1f600} [é-\u{1f600}] [!\u{1f600}]';
const piece = fc.constantFrom(...PIECES.split(' '));
const glob = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));
const text = fc
  .array(fc.constantFrom('a', 'b', 'a', 'b', '/', '.', '*', '\n', 'é', '\u{1f600}'), { maxLength: 12 })
  .map((runes) => runes.join(''));
const delimiters = fc.subarray(['/', '.', 'a', 'é', '\u{1f600}']).map((runes) => new Set(runes));

function parsed(pattern: string): GlobSequence | undefined {
  try {
    return parseGlobPattern(pattern);
  } catch (thrown) {
    if (thrown instanceof BuiltinError) return undefined;
    throw thrown;
  }
}

test('a compiled glob matches what the glob matches', () => {
  let matched = 0;
  fc.assert(
    fc.property(glob, text, delimiters, (pattern, subject, set) => {
      const terms = parsed(pattern);
      if (terms === undefined) return;
      const matches = matchesGlob(terms, set, subject);
      if (matches) matched++;
      assert.equal(compileGlob(terms, set)(subject), matches, `${pattern} on ${JSON.stringify(subject)}`);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(matched > 500, `${matched} matches`);
});

for (const [pattern, subject, expected] of [
  ['/orders/*', '/orders/7', true],
  ['/orders/*', '/orders/7/items', false],
  ['/orders/*/items', '/orders/7/items', true],
  ['/orders/*/items', '/orders/items', false],
  ['/static/**', '/static/', true],
  ['/a/*a', '/a/', false],
  ['{/a,/b}/*', '/b/c', true],
  ['*'.repeat(61) + 'x', 'x', true],
  ['?'.repeat(40), 'y'.repeat(40), true],
  ['{a,b}'.repeat(12), 'ab'.repeat(6), true],
] as const) {
  test(`${pattern.slice(0, 20)} on ${subject.slice(0, 20)}: ${expected}`, () => {
    const terms = parseGlobPattern(pattern);
    assert.equal(compileGlob(terms, new Set('/'))(subject), expected);
  });
}
