import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { canonicalJson } from './canonical.ts';
import { parseJson } from './parse.ts';
import type { JsonValue } from './value.ts';

describe('canonicalJson', () => {
  const table: [source: string, canonical: string][] = [
    [' { "b" : 1 , "a" : [ true , null ] } ', '{"a":[true,null],"b":1}'],
    ['{"\ue000":1,"\u{1f600}":2,"z":3}', '{"z":3,"\ue000":1,"\u{1f600}":2}'],
    ['{"\u{1f600}":2,"\uffff":1}', '{"\uffff":1,"\u{1f600}":2}'],
    ['{"a\\n":1,"a":2,"":3}', '{"":3,"a":2,"a\\n":1}'],
    ['[1.0,1e3,-0,12345678901234567890,0.10]', '[1.0,1e3,-0,12345678901234567890,0.10]'],
    ['"<a href=\\"x\\">&\\/"', '"<a href=\\"x\\">&/"'],
    ['"\\u2028\\u2029"', '"\\u2028\\u2029"'],
    ['"\u2028"', '"\\u2028"'],
    [
      '"\\u0000\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001b\\u007f"',
      '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001b\u007f"',
    ],
    ['"\\ud800 \\udc00 \\ud83d\\ude00"', '"\ufffd \ufffd \u{1f600}"'],
    ['"\\\\u2028"', '"\\\\u2028"'],
    ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1}}'],
  ];
  for (const [source, canonical] of table) {
    it(`writes ${JSON.stringify(source)}`, () => assert.equal(canonicalJson(parseJson(source)), canonical));
  }

  it('gives the hash of the vector in OPA (v1/bundle/hash_test.go)', () => {
    const canonical = canonicalJson(parseJson('{"revision": "quickbrownfaux"}'));
    assert.equal(createHash('md5').update(canonical).digest('hex'), 'a005c38a509dc2d5a7407b9494efb2ad');
  });

  it('replaces lone surrogates in values that were not parsed', () => {
    assert.equal(canonicalJson(['\ud800']), '["\ufffd"]');
  });

  for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses ${number}`, () => assert.throws(() => canonicalJson([number]), TypeError));
  }

  const jsonText = fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value));

  it('is idempotent, and parsing it gives the value back', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const value = parseJson(text);
        const canonical = canonicalJson(value);
        assert.deepEqual(parseJson(canonical), value);
        assert.equal(canonicalJson(parseJson(canonical)), canonical);
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 })), (object) => {
        const text = JSON.stringify(object);
        assert.equal(canonicalJson(reversed(parseJson(text))), canonicalJson(parseJson(text)));
      }),
    );
  });

  it('knows objects with the same keys again, and takes no other for them', () => {
    const keys = fc.uniqueArray(
      fc.constantFrom('a', 'b', 'c', '', 'é', '\uffff', '\u{1f600}', 'ab', 'x'.repeat(3000)),
    );
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 20 }), (lists) => {
        const texts = lists.map((list) => `{${list.map((key) => `${JSON.stringify(key)}:1`).join(',')}}`);
        const sorted = lists.map((list) =>
          list
            .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
            .map((key) => `${JSON.stringify(key)}:1`),
        );
        const canonical = canonicalJson(parseJson(`[${texts.join(',')}]`));
        assert.equal(canonical, `[${sorted.map((members) => `{${members.join(',')}}`).join(',')}]`);
      }),
    );
  });

  it('orders keys by their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary' })), (keys) => {
        const object = Object.assign(
          Object.create(null) as object,
          Object.fromEntries(keys.map((key) => [key, 1])),
        );
        const written = Object.keys(JSON.parse(canonicalJson(object as JsonValue)) as object).filter(
          (key) => !isIndex(key),
        );
        const expected = keys
          .filter((key) => !isIndex(key))
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(written, expected);
      }),
    );
  });
});

/** JavaScript lists keys that are array indices first, whatever the text's order. */
function isIndex(key: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(key) || key === '__proto__';
}

function reversed(value: JsonValue): JsonValue {
  const object = Object.create(null) as Record<string, JsonValue>;
  for (const [key, child] of Object.entries(value as Record<string, JsonValue>).reverse())
    object[key] = child;
  return object;
}
