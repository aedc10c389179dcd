import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalJson } from './canonical.ts';
import { canonicalBytes } from './canonical-bytes.ts';
import { parseJson } from './parse.ts';

const text = (json: string): string | undefined => {
  const bytes = canonicalBytes(Buffer.from(json));
  return bytes && Buffer.from(bytes).toString();
};

test('what is written is the canonical text of the parsed document', () => {
  for (const json of [
    'null',
    ' [ true , false,null ] ',
    '{}',
    '[]',
    '{"b":1,"a":[{"d":{},"c":[]}]}',
    '{"a":1,"ab":2,"a b":3,"a!":4,"":5}',
    '{"é":1,"\uffff":2,"\u{1f600}":3,"z":4}',
    '[0,-0,1.50,-12.25,12345678901234567890,0.1]',
    '["\\"\\\\\\b\\f\\n\\r\\t", "a/b", "\u007f\u2027"]',
    '{"__proto__":1,"constructor":{"toString":2}}',
    // As `opa build` writes it.
    '{"teams":{"R\\u0026D":"\\u003cb\\u003e","R!":1}}',
    '{"\\u0062\\/":1,"\\ud83d\\ude00":2,"\\uffff":3,"\\u00E9":4,"\\ud800":5,"\\u0061":6}',
    '["\\/\\u0022\\u005c\\u0008\\u000c\\u000a\\u000d\\u0009\\u0000\\u001F\\u007f\\u0080\\u07ff\\u0800\\u2027\\u2028\\u2029"]',
    '["\\ud83d\\uDE00\\uD83D\\ud83d\\ude00\\ude00\\ud83d\\n\\ud83dx\\ud83d","\\udbff\\udfff"]',
    `${'['.repeat(256)}${']'.repeat(256)}`,
  ])
    assert.equal(text(json), canonicalJson(parseJson(json)), json);
});

test('what takes more than moving bytes, and what is refused, is left to the parser', () => {
  for (const json of [
    '',
    ' ',
    '{"a":1,"a":2}',
    '{"b":1,"a":1,"b":2}',
    '{"a\\n":1}',
    '["\\x"]',
    '["\\u12',
    '["\\u00g0"]',
    '["\\U0041"]',
    '{"a":1,"\\u0061":2}',
    '{"\\u0022":1}',
    '{"\\u005c":1}',
    '{"\\u2028":1}',
    '{"\\u0001":1}',
    '["\u2028"]',
    '["\u2029"]',
    '["\u0001"]',
    '["a',
    '["a\\',
    '[1e3]',
    '[1E3]',
    `[1${'0'.repeat(64)}]`,
    '[01]',
    '[1.]',
    '[.5]',
    '[-]',
    '[+1]',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    '[tru]',
    '[1] 2',
    '\ufeff[]',
    `${'['.repeat(257)}${']'.repeat(257)}`,
  ])
    assert.equal(text(json), undefined, json);
  assert.equal(canonicalBytes(Buffer.from([0x22, 0xff, 0x22])), undefined);
});

test('the room of white space is not kept', () => {
  for (const [json, room] of [
    [`${' '.repeat(100_000)}{"a":1}`, 7],
    [`{"a":"${'x'.repeat(1000)}"} `, 1009],
  ] as const)
    assert.equal(canonicalBytes(Buffer.from(json))?.buffer.byteLength, room);
});

/** Objects in one another, each out of order: the innermost is moved once for each that it stands in. */
const outOfOrder = (depth: number): string => {
  const inner = '{"b":'.repeat(depth - 1);
  return `${inner}{"z":"${'x'.repeat(10_000)}","a":0}${',"a":0}'.repeat(depth - 1)}`;
};

test('what is moved is bounded by the size of the document, however deep it nests', () => {
  const few = outOfOrder(5);
  assert.equal(text(few), canonicalJson(parseJson(few)));
  for (const depth of [12, 255]) assert.equal(text(outOfOrder(depth)), undefined, String(depth));
  // The bound is of the whole document: there may be many of those.
  const many = `[${Array.from({ length: 50 }, () => few).join(',')}]`;
  assert.equal(text(many), canonicalJson(parseJson(many)));
});

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'a b', 'a!', '', '__proto__', '\u{1f600}', '\uffff'),
  fc.string(),
);
const escape = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '0', '-1.50', '1e2', '123456789012345678'),
    fc.string({ unit: 'binary' }).map((each) => JSON.stringify(each)),
    fc.array(fc.nat(0xffff), { maxLength: 4 }).map((units) => `"${units.map(escape).join('')}"`),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(' , ')}]`),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 6 })
      .map(
        (members) =>
          `{ ${members.map(([name, each]) => `${JSON.stringify(name)} : ${each as string}`).join(',\n')} }`,
      ),
  ),
}));

test('for any document, it is the canonical text or nothing, and nothing for what the parser refuses', () => {
  let written = 0;
  fc.assert(
    fc.property(document.value, (json) => {
      const found = text(json);
      if (found === undefined) return;
      written++;
      assert.equal(found, canonicalJson(parseJson(Buffer.from(json))));
    }),
    { numRuns: 5000 },
  );
  assert.ok(written > 1000);
});

test('any bytes: never more than the parser takes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...'{}[],:"\\ntrue-01.5e \n'.split('')), { maxLength: 12 }),
      (parts) => {
        const json = parts.join('');
        const found = text(json);
        if (found !== undefined) assert.equal(found, canonicalJson(parseJson(json)));
      },
    ),
    { numRuns: 20_000 },
  );
});
