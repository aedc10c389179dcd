import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contextAt, outcomeOf } from '../../../test/support/builtin-context.ts';
import { makeToken, P256 } from '../../../test/support/tokens.ts';
import { ExactNumber, type RegoNumber, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { compareValues, sortedElements } from './compare.ts';
import { parseJson } from './json-value.ts';
import { bigintToNumber, compareNumbers, numberText, numberToBigint, textToNumber } from './numbers.ts';
import { bigintOperand, intOperand, stringOperand, stringsOperand } from './operands.ts';

const exact = (text: string): ExactNumber => new ExactNumber(text);

test('integers of any size survive', () => {
  fc.assert(
    fc.property(fc.bigInt(), (integer) => {
      assert.equal(numberToBigint(bigintToNumber(integer)), integer);
      assert.equal(numberText(bigintToNumber(integer)), String(integer));
    }),
  );
});

test('a number of a text is written as that text', () => {
  for (const text of ['1', '1.0', '-0', '1e3', '0.1', '12345678901234567890', '1e400', '-1.50E+2']) {
    assert.equal(numberText(textToNumber(text)), text);
  }
});

test('which numbers are integers', () => {
  const table: [text: string, integer: bigint | undefined][] = [
    ['1.0', 1n],
    ['1e3', 1000n],
    ['1.5e1', 15n],
    ['100e-2', 1n],
    ['-0.0', 0n],
    ['1.5', undefined],
    ['1e-1', undefined],
    ['1e999999999', undefined],
    [`1e${'9'.repeat(400)}`, undefined],
    [`1e-${'9'.repeat(400)}`, undefined],
  ];
  for (const [text, integer] of table) assert.equal(numberToBigint(textToNumber(text)), integer, text);
});

test('numbers are ordered by value, exactly', () => {
  const table: [left: RegoNumber, right: RegoNumber, order: number][] = [
    [exact('1.0'), 1, 0],
    [exact('1e3'), 1000, 0],
    [exact('9007199254740993'), exact('9007199254740992'), 1],
    [exact('-9007199254740993'), exact('-9007199254740992'), -1],
    [exact('1e999999999'), exact('1e999999998'), 1],
    [exact(`1e${'9'.repeat(400)}`), exact(`1e${'9'.repeat(400)}`), 0],
    [exact(`1e${'9'.repeat(400)}`), exact(`1e${'9'.repeat(399)}8`), 1],
    [exact(`1e-${'9'.repeat(400)}`), exact(`1.0e-${'9'.repeat(400)}`), 0],
    [exact('-0'), 0, 0],
    [-1, exact('0.0'), -1],
    [0.1, exact('0.10'), 0],
    [exact('1e-400'), 0, 1],
  ];
  for (const [left, right, order] of table) {
    assert.equal(Math.sign(compareNumbers(left, right)), order, `${numberText(left)} ${numberText(right)}`);
    assert.equal(Math.sign(compareNumbers(right, left)), 0 - order);
  }
});

test("values are sorted in OPA's order", () => {
  const sorted: RegoValue[] = [
    null,
    false,
    true,
    -1,
    exact('1.0'),
    2,
    '',
    'a',
    '\uffff',
    '\u{10000}',
    [],
    [1],
    [1, 1],
    [2],
    new Map(),
    new Map([['a', 1]]),
    new Map([['a', 2]]),
    new Map([['b', 0]]),
    new Set(),
    new Set([1]),
    new Set([1, 2]),
  ];
  assert.deepEqual([...sorted].reverse().sort(compareValues), sorted);
  assert.deepEqual(sortedElements(new Set<RegoValue>([[1], [1], exact('1.0'), 1])).length, 2);
});

test('operands of the wrong type are named as OPA names them', () => {
  const table: [check: () => unknown, message: string][] = [
    [() => stringOperand(1, 1), 'operand 1 must be string but got number'],
    [() => stringsOperand('a', 2), 'operand 2 must be one of {array, set} but got string'],
    [
      () => stringsOperand(['a', null], 2),
      'operand 2 must be array of strings but got array containing null',
    ],
    [() => intOperand(exact('1e2'), 3), 'operand 3 must be integer number but got floating-point number'],
    [
      () => intOperand(exact('9223372036854775808'), 3),
      'operand 3 must be integer number but got floating-point number',
    ],
    [() => bigintOperand(1.5, 1), 'operand 1 must be integer number but got floating-point number'],
    [() => bigintOperand(new Set(), 1), 'operand 1 must be integer but got set'],
  ];
  for (const [check, message] of table) assert.throws(check, { name: 'BuiltinError', message });
  assert.equal(intOperand(exact('9223372036854775807'), 1), 2 ** 63);
  assert.equal(bigintOperand(exact('1.0'), 1), 1n);
});

test('JSON keeps numbers, takes the last of equal keys, and bounds nesting', () => {
  assert.deepEqual(
    parseJson('{"a":1,"a":1.0,"__proto__":{"b":12345678901234567890}}'),
    new Map<RegoValue, RegoValue>([
      ['a', exact('1.0')],
      ['__proto__', new Map([['b', exact('12345678901234567890')]])],
    ]),
  );
  assert.equal(parseJson('"\\ud800"'), '\ufffd');
  assert.throws(() => parseJson('['.repeat(100_000) + ']'.repeat(100_000)), { name: 'BuiltinError' });
  assert.throws(() => parseJson('{"a":1} x'), { name: 'BuiltinError' });
});

test('random results stay the same for equal arguments within one evaluation', () => {
  const context = contextAt(0);
  const uuid = outcomeOf('uuid.rfc4122', ['a'], context);
  assert.equal(uuid, '00010203-0405-4607-8809-0a0b0c0d0e0f');
  assert.equal(outcomeOf('uuid.rfc4122', ['a'], context), uuid);
  assert.notEqual(outcomeOf('uuid.rfc4122', ['b'], context), uuid);
  const number = outcomeOf('rand.intn', ['a', 1_000_000], context);
  assert.equal(outcomeOf('rand.intn', ['a', -1_000_000], context), number);
  assert.notEqual(outcomeOf('rand.intn', ['a', 999_999], context), number);
  assert.equal(outcomeOf('rand.intn', ['a', 0], context), 0);
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.string(), (n, seed) => {
      const drawn = outcomeOf('rand.intn', [seed, n], contextAt(0)) as number;
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < n);
    }),
  );
});

test('print shows each combination of values, and what is undefined', () => {
  const context = contextAt(0);
  const parts: RegoValue = [
    new Set(['x']),
    new Set(),
    new Set<RegoValue>([2, 'b', [1, 'é']]),
    'plain',
    exact('1.0'),
  ];
  assert.equal(outcomeOf('internal.print', [parts], context), true);
  assert.deepEqual(context.printed, [
    'x <undefined> 2 plain 1.0',
    'x <undefined> b plain 1.0',
    'x <undefined> [1, "é"] plain 1.0',
  ]);
  const huge = Array.from({ length: 20 }, () => new Set<RegoValue>([1, 2, 3]));
  outcomeOf('internal.print', [huge], context);
  assert.equal(context.printed.length, 1003);
  assert.deepEqual(outcomeOf('internal.print', [[[1]]], context), {
    error: 'illegal argument type: array',
    halt: true,
  });
  assert.equal(outcomeOf('trace', ['note'], context), true);
  assert.equal(context.printed.at(-1), 'note');
});

/** A document at all places of which a key with a backslash was seen. */
const EARLIER = '[{"s\\\\":1},{"x":1,"s\\\\":1}]';

test('a key of JSON is what its own text says, whatever key an earlier text had', () => {
  const claims = (text: string): string => `e30.${Buffer.from(text).toString('base64url')}.`;
  const header = new Map<RegoValue, RegoValue>();
  for (let round = 0; round < 5; round++) {
    for (const [written, value] of [
      ['{"s\\u0022":1}', new Map([['s"', 1]])],
      ['{"x":1,"s\\"":1}', new Map(Object.entries({ x: 1, 's"': 1 }))],
      ['{"x":1.0,"s\\"":1e3}', new Map(Object.entries({ x: exact('1.0'), 's"': exact('1e3') }))],
      ['{"s\\u0022":1,"s\\"":2}', new Map([['s"', 2]])],
    ] as const) {
      for (const read of [
        (text: string) => parseJson(text),
        (text: string) => outcomeOf('json.unmarshal', [text]),
        (text: string) => (outcomeOf('io.jwt.decode', [claims(text)]) as RegoValue[])[1],
      ]) {
        JSON.parse(EARLIER);
        read(EARLIER);
        assert.deepEqual(read(written), value, written);
      }
    }
  }
  assert.deepEqual(outcomeOf('io.jwt.decode', [claims('{}')]), [header, header, '']);
});

test('so is a key of a JWK and of a header to sign with', () => {
  const jwk = JSON.stringify(P256.jwk).replace('"kty"', '"kt\\u0079"');
  const secret = '{"k":"c2VjcmV0","kt\\u0079":"oct"}';
  const token = makeToken({ alg: 'ES256' }, {}, P256);
  const [header, earlier] = ['{"al\\u0067":"HS256"}', '[{"al\\\\":1},{"kt\\\\":1},{"k":1,"kt\\\\":1}]'];
  for (let round = 0; round < 5; round++) {
    JSON.parse(earlier);
    assert.equal(outcomeOf('io.jwt.verify_es256', [token, jwk]), true);
    JSON.parse(earlier);
    assert.equal(typeof outcomeOf('io.jwt.encode_sign_raw', [header, '{}', secret]), 'string');
  }
});

test('JSON is refused alike with escapes in its keys', () => {
  const nested = (key: string, levels: number): string =>
    `{"${key}":`.repeat(levels) + '1' + '}'.repeat(levels);
  const messageOf = (text: string): string => {
    try {
      parseJson(text);
    } catch (error) {
      assert.ok(error instanceof BuiltinError);
      return error.message;
    }
    return 'parsed';
  };
  for (const [make, message] of [
    [(key: string) => nested(key, 1000), /^parsed$/],
    [(key: string) => nested(key, 1001), /^invalid JSON: nested more than 1000 levels deep$/],
    [(key: string) => `{"${key}":1e-30103}`, /^parsed$/],
    [(key: string) => `{"${key}":1e1000000}`, /^invalid number: number too big$/],
    [(key: string) => `{"${key}":1e1000000,}`, /^invalid JSON: .*JSON at position/],
    [(key: string) => `${nested(key, 1001)}x`, /^invalid JSON: .*JSON at position/],
  ] as const) {
    for (const key of ['abcdef', '\\u0061']) assert.match(messageOf(make(key)), message);
  }
});
