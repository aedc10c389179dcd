import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hasEscapedKey, platformParse } from './platform-parse.ts';

const SPACE = fc.stringMatching(/^[ \t\r\n]{0,2}$/);

/** Ways to write a string that mean the same where they can. */
const WRITTEN = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((value) => JSON.stringify(value)),
  fc
    .array(fc.constantFrom('a', ':', ' ', '{', ',', '\\\\', '\\"', '\\u0022', '\\u005c', '\\/', '\\n'))
    .map((pieces) => `"${pieces.join('')}"`),
);

/** A text, and whether one of its keys has an escape. */
type Text = readonly [text: string, escaped: boolean];

const { value: TEXTS } = fc.letrec<{ value: Text }>((tie) => {
  const member = fc
    .tuple(SPACE, WRITTEN, SPACE, SPACE, tie('value'), SPACE)
    .map(
      ([a, key, b, c, [value, escaped], d]): Text => [
        `${a}${key}${b}:${c}${value}${d}`,
        escaped || key.includes('\\'),
      ],
    );
  const inside = (items: readonly Text[], brackets: string): Text => [
    `${brackets[0]}${items.map(([text]) => text).join(',')}${brackets[1]}`,
    items.some(([, escaped]) => escaped),
  ];
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      WRITTEN.map((text): Text => [text, false]),
      fc.constantFrom('1', 'true', 'null', ' 1.5 ').map((text): Text => [text, false]),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => inside(items, '[]')),
      fc.array(member, { maxLength: 4 }).map((items) => inside(items, '{}')),
    ),
  };
});

test('keys with escapes are told from other strings with escapes, however a text is written', () => {
  const said = { true: 0, false: 0 };
  fc.assert(
    fc.property(TEXTS, ([text, escaped]) => {
      JSON.parse(text);
      assert.equal(hasEscapedKey(text), escaped, text);
      said[`${escaped}`]++;
    }),
    { numRuns: 2000 },
  );
  assert.ok(said.true > 100 && said.false > 100, JSON.stringify(said));
});

test('texts that are no JSON come to an end', () => {
  const pieces = fc.array(fc.constantFrom('\\', '"', ':', ' ', 'a', '{'));
  fc.assert(
    fc.property(pieces, (text) => {
      assert.equal(typeof hasEscapedKey(text.join('')), 'boolean');
    }),
  );
});

test('a key is what its own text says, whatever key an earlier document had', () => {
  for (const [text, keys] of [
    ['{"s\\u0022":1}', ['s"']],
    ['{"x":1,"s\\u0022":1}', ['x', 's"']],
    ['{"s\\"":1}', ['s"']],
    ['{"s\\u0022":1,"s\\"":2,"s\\\\":3}', ['s"', 's\\']],
  ] as const) {
    for (let round = 0; round < 5; round++) {
      for (const earlier of ['{"s\\\\":1}', '{"x":1,"s\\\\":1}', '[{"s\\\\":1},{"s\\\\":1}]'])
        JSON.parse(earlier);
      assert.deepEqual(Object.keys(platformParse(text) as object), keys, text);
    }
  }
});

test('of equal keys the last one counts, with escapes and without', () => {
  for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"\\u0061":1,"a":2}']) {
    assert.deepEqual({ ...(platformParse(text) as object) }, { a: 2 }, text);
  }
  assert.equal(JSON.stringify(platformParse('{"\\u0061":1e1000000}')), '{"a":1e1000000}');
  assert.throws(() => platformParse('{"\\u0061":1,'));
});
