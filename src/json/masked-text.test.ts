import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MaskedText, maskTree } from './mask-tree.ts';
import { maskedText } from './masked-text.ts';
import { parseJson } from './parse.ts';
import { getPointer, maskPointers, parsePointer } from './pointer.ts';
import type { JsonObject } from './value.ts';

const masked = (text: string, ...pointers: readonly string[]) =>
  asText(maskedText(Buffer.from(text), maskTree(pointers.map(parsePointer))));

const asText = (found: MaskedText | undefined) =>
  found && { ...found, text: found.text && Buffer.from(found.text).toString() };

for (const [text, pointers, kept, erased] of [
  ['{"a":1,"b":2,"c":3}', ['/a'], '{"b":2,"c":3}', [0]],
  ['{"a":1,"b":2,"c":3}', ['/b'], '{"a":1,"c":3}', [0]],
  ['{"a":1,"b":2,"c":3}', ['/c'], '{"a":1,"b":2}', [0]],
  ['{"a":1,"b":2,"c":3}', ['/c', '/a', '/d'], '{"b":2}', [1, 0]],
  ['{"a":1,"b":2,"c":3}', ['/c', '/b', '/a'], '{}', [2, 1, 0]],
  ['{ "a" : 1 , "b" : 2 , "c" : 3 }', ['/a', '/b'], '{   "c" : 3 }', [0, 1]],
  ['{ "a" : 1 , "b" : 2 , "c" : 3 }', ['/b', '/c'], '{ "a" : 1   }', [0, 1]],
  ['{ "a" : 1 }', ['/a'], '{ }', [0]],
  ['{"a":{"b":null,"x":"\\"}"},"b":[]}', ['/a/b'], '{"a":{"x":"\\"}"},"b":[]}', [0]],
  ['{"a":{"b":1,"c":2},"d":4}', ['/a', '/a/b', '/a/x', '/a/c'], '{"d":4}', [0, 1, 3]],
  ['{"d":4,"a":[{"b":1},2]}', ['/a', '/a/0/b', '/a/1'], '{"d":4}', [0, 1, 2]],
  ['[1,{"b":2},[3,4]]', ['/0', '/1/b', '/2/1', '/02', '/-'], '[null,{},[3,null]]', [0, 1, 2]],
  ['{"0":1,"é":"ü","":2}', ['/0', '/é', '/'], '{}', [0, 1, 2]],
  ['{"a":"ü","b":1.0}', ['/b'], '{"a":"ü"}', [0]],
  ['{"a":\r\n[1,\n2],\t"b":-0.50e+10}', [], '{"a":  [1, 2], "b":-0.50e+10}', []],
  ['"text"', ['/a'], '"text"', []],
  [' 12 ', [], ' 12 ', []],
  ['{"__proto__":1,"a":true}', ['/__proto__'], '{"a":true}', [0]],
  ['{"a":1}', [''], undefined, [0]],
  ['{"a":1}', ['', '/a'], undefined, [0, 1]],
] as const) {
  test(`${text} without ${pointers.join(' ')}`, () => {
    assert.deepEqual(masked(text, ...pointers), { text: kept, erased });
  });
}

for (const [name, text] of [
  ['a key that is named twice', '{"a":{"b":1,"c":2,"b":3}}'],
  ['a key with an escape, which may be another', '{"a":1,"\\u0061":2}'],
  ['a surrogate by its escape', '{"a":"\\ud800"}'],
  ['a number that may be out of range', '[1e100000]'],
  ['a long number', `[${'1'.repeat(1001)}]`],
  ['much depth', `${'['.repeat(65)}${']'.repeat(65)}`],
  ['more depth than a stack has', '['.repeat(65_000)],
  ['as much in objects', '{"":'.repeat(16_000)],
  ['many members', `{${Array.from({ length: 129 }, (_, i) => `"${i}":0`).join()}}`],
  ['much text', `"${'x'.repeat(65_536)}"`],
  ['another key with the hash of a masked one', '{"cq":1,"e3":2}'],
] as const) {
  test(`left to the parser: ${name}`, () => {
    assert.equal(masked(text, '/cq'), undefined);
  });
}

test('texts that are no JSON do no harm', () => {
  for (const text of ['', '{', '{"a', '{"a":', '{"a"}', '[1,', '"a\\', '"\\u', '}', '{"a":1]', 'nul']) {
    masked(text, '/a');
    assert.equal(masked('{"a":1,"b":2}', '/a')?.text, '{"b":2}');
  }
});

test('what is cut out of a text is what is masked of the parsed document', () => {
  const key = fc.constantFrom('a', 'b', 'ü', '0', '1', '__proto__', 'a/b', '');
  const { document } = fc.letrec<{ document: unknown }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.constantFrom(null, true, 0, -1.5, 1e21, '', 'a"b', '\\', 'ü\n', '{}'), fc.string()),
      fc.array(tie('document'), { maxLength: 4 }),
      fc.dictionary(key, tie('document'), { maxKeys: 5, noNullPrototype: false }),
    ),
  }));
  const pointers = fc.array(fc.array(key, { maxLength: 3 }), { maxLength: 6 });
  const check = (value: unknown, paths: readonly (readonly string[])[], indent: number): void => {
    const text = JSON.stringify(value, undefined, indent);
    const found = asText(maskedText(Buffer.from(text), maskTree(paths)));
    // Only surrogates and hashes alike are left to the parser.
    if (found === undefined) return;
    const wrapped: JsonObject = { value: parseJson(text) };
    const inside = paths.map((path) => ['value', ...path]);
    const places = inside.flatMap((path, i) => (getPointer(wrapped, path) === undefined ? [] : [i]));
    const first = (i: number) =>
      paths.findIndex((path) => JSON.stringify(path) === JSON.stringify(paths[i])) === i;
    const { value: kept } = maskPointers(wrapped, inside, undefined) as { value?: unknown };
    assert.equal(
      found.text === undefined ? undefined : JSON.stringify(parseJson(found.text)),
      JSON.stringify(kept),
    );
    assert.ok(!/[\r\n]/.test(found.text ?? ''));
    assert.deepEqual(
      found.erased.toSorted((a, b) => a - b),
      places.filter(first),
    );
  };
  fc.assert(fc.property(document, pointers, fc.constantFrom(0, 1), check), { numRuns: 2000 });
});

test('a key with the same hash as a masked one is not taken for it', () => {
  for (const text of ['{"BB":1}', '{"AaBB":1,"b":{"BB":2}}', '{"Aa":1}', '{"BBAa":1}']) {
    const kept = masked(text, '/Aa', '/AaAa', '/b/Aa');
    if (kept === undefined) continue;
    assert.deepEqual(kept, { text: text.replace('"Aa":1', ''), erased: text.includes('"Aa"') ? [0] : [] });
  }
});

test('nulls that take more room than what they stand for', () => {
  const numbers = (count: number) => `[${Array.from({ length: count }, () => 1).join()}]`;
  const all = Array.from({ length: 500 }, (_, i) => `/${i}`);
  const nulls = `[${Array.from({ length: 500 }, () => 'null').join()}]`;
  assert.equal(masked(numbers(500), ...all)?.text, nulls);
  const rest = numbers(32_700).slice(1);
  assert.equal(masked(`[0,${rest}`, '/0')?.text, `[null,${rest}`);
  assert.equal(masked(numbers(32_700), ...all), undefined, 'left to the parser');
});
