import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { NullValue, StructSchema } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { type ErrorCode, PortcullisError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { JsonObject } from '../json/value.ts';
import { readStruct } from './struct-reader.ts';
import { writeStruct } from './struct-writer.ts';

const encoded = (object: JsonObject): Uint8Array => {
  const writer = new BinaryWriter();
  writeStruct(writer, object);
  return writer.finish();
};

/** JSON objects whose numbers are doubles. */
const objects = fc.dictionary(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }),
  { maxKeys: 6, noNullPrototype: false },
);

test('a Struct is read as it was written', () => {
  fc.assert(
    fc.property(objects, (object) => {
      const value = object as JsonObject;
      assert.equal(canonicalJson(readStruct(encoded(value), 16)), canonicalJson(value));
    }),
  );
});

test('the generated schema reads what we write, and we read what it writes', () => {
  const kinds: JsonObject = { a: null, b: 0.5, c: 'x', d: false, e: { f: [1, [], {}] }, '': '' };
  const message = create(StructSchema, {
    fields: {
      a: { kind: { case: 'nullValue', value: NullValue.NULL_VALUE } },
      b: { kind: { case: 'numberValue', value: 0.5 } },
      c: { kind: { case: 'stringValue', value: 'x' } },
      d: { kind: { case: 'boolValue', value: false } },
      e: {
        kind: {
          case: 'structValue',
          value: {
            fields: {
              f: {
                kind: {
                  case: 'listValue',
                  value: {
                    values: [
                      { kind: { case: 'numberValue', value: 1 } },
                      { kind: { case: 'listValue', value: {} } },
                      { kind: { case: 'structValue', value: {} } },
                    ],
                  },
                },
              },
            },
          },
        },
      },
      '': { kind: { case: 'stringValue', value: '' } },
    },
  });
  const theirs = toBinary(StructSchema, message);
  assert.equal(canonicalJson(readStruct(theirs, 16)), canonicalJson(kinds));
  assert.deepEqual(Buffer.from(encoded(kinds)), Buffer.from(theirs));
});

test('keys of Object.prototype are keys', () => {
  const object = Object.assign(Object.create(null), { constructor: 1, hasOwnProperty: 2 }) as JsonObject;
  object['__proto__'] = { polluted: true };
  const read = readStruct(encoded(object), 8);
  assert.deepEqual(Object.keys(read), ['constructor', 'hasOwnProperty', '__proto__']);
  assert.equal(Object.getPrototypeOf(read), null);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

const field = (number: number, bytes: readonly number[]): number[] => [
  number * 8 + 2,
  bytes.length,
  ...bytes,
];
const KEY = field(1, [0x6b]);
const TRUE = [0x20, 1];
const entry = (...value: number[]): number[] => field(1, [...KEY, ...field(2, value)]);
const double = (value: number): number[] => [0x11, ...new Uint8Array(new Float64Array([value]).buffer)];

const REFUSED: readonly (readonly [name: string, bytes: readonly number[], code: ErrorCode])[] = [
  ['NaN', entry(...double(Number.NaN)), 'json_invalid'],
  ['infinity', entry(...double(Number.POSITIVE_INFINITY)), 'json_invalid'],
  ['minus infinity', entry(...double(Number.NEGATIVE_INFINITY)), 'json_invalid'],
  ['a key twice', [...entry(...TRUE), ...entry(...TRUE)], 'json_duplicate_key'],
  ['a Value without a kind', entry(), 'invalid_request'],
  ['an entry without a value', field(1, KEY), 'invalid_request'],
  ['a Value with two kinds', entry(...TRUE, 0x08, 0), 'invalid_request'],
  ['a Value with the same kind twice', entry(...TRUE, ...TRUE), 'invalid_request'],
  ['an entry with two keys', field(1, [...KEY, ...KEY, ...field(2, TRUE)]), 'invalid_request'],
  ['an entry with two values', field(1, [...KEY, ...field(2, TRUE), ...field(2, TRUE)]), 'invalid_request'],
  ['a key that is not UTF-8', field(1, [...field(1, [0xff]), ...field(2, TRUE)]), 'invalid_request'],
  ['a string that is an encoded surrogate', entry(...field(3, [0xed, 0xa0, 0x80])), 'invalid_request'],
  ['a string that is overlong', entry(...field(3, [0xc0, 0x80])), 'invalid_request'],
  ['a length beyond the end', [0x0a, 9, ...KEY], 'invalid_request'],
  ['a length beyond the message around it', [0x0a, 5, ...KEY, 0x12, 2, ...TRUE], 'invalid_request'],
  ['a length of ten bytes', [0x0a, ...Array<number>(9).fill(0xff), 1], 'invalid_request'],
  ['a varint without an end', [0x0a, ...Array<number>(11).fill(0xff)], 'invalid_request'],
  ['a double cut short', entry(0x11, 1, 2, 3), 'invalid_request'],
  ['a group', [0x0b, 0x0c], 'invalid_request'],
  ['an end of a group', [0x0c], 'invalid_request'],
  ['field number 0', [0x02, 0], 'invalid_request'],
  ['wire type 7', [0x0f], 'invalid_request'],
];

for (const [name, bytes, code] of REFUSED) {
  test(`a Struct with ${name} is refused`, () => {
    assert.throws(() => readStruct(Uint8Array.from(bytes), 8), { code });
  });
}

test('unknown fields and known numbers with other wire types are stepped over', () => {
  const unknown = [
    ...field(15, [1, 2]),
    0x78,
    0x96,
    0x01,
    0x7d,
    1,
    2,
    3,
    4,
    0x79,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    0x08,
    7,
  ];
  const bytes = [...unknown, ...entry(...TRUE, ...unknown.slice(0, -2)), ...unknown];
  assert.equal(canonicalJson(readStruct(Uint8Array.from(bytes), 8)), '{"k":true}');
});

test('U+FFFD itself is text', () => {
  assert.deepEqual(readStruct(encoded({ a: '\ufffd' }), 8)['a'], '\ufffd');
});

test('depth is limited, however it is nested', () => {
  for (const nest of [
    (inner: JsonObject): JsonObject => ({ a: inner }),
    (inner: JsonObject): JsonObject => ({ a: [inner] }),
  ]) {
    let object: JsonObject = {};
    let depth = 1;
    while (depth < 9) {
      object = nest(object);
      depth += Array.isArray(object['a']) ? 2 : 1;
    }
    assert.equal(canonicalJson(readStruct(encoded(object), depth)), canonicalJson(object));
    assert.throws(() => readStruct(encoded(object), depth - 1), { code: 'json_too_deep' });
  }
});

test('a hostile depth does not reach the stack', () => {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let depth = 0; depth < 5_000; depth++) {
    const writer = new BinaryWriter();
    writer.tag(1, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).fork();
    writer.tag(5, WireType.LengthDelimited).bytes(bytes).join().join();
    bytes = writer.finish();
  }
  assert.throws(() => readStruct(bytes, 64), { code: 'json_too_deep' });
});

test('any bytes are a Struct or a PortcullisError', () => {
  const outcome = (bytes: Uint8Array): void => {
    try {
      canonicalJson(readStruct(bytes, 8));
    } catch (thrown) {
      assert.ok(thrown instanceof PortcullisError, String(thrown));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), outcome));
  fc.assert(
    fc.property(objects, fc.nat(), fc.nat(255), (object, at, byte) => {
      const bytes = encoded(object as JsonObject);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      outcome(bytes);
    }),
  );
});

test('numbers beyond a double are written as their digits', () => {
  const object = { big: JSON.rawJSON('1e999'), exact: JSON.rawJSON('1.0') } as unknown as JsonObject;
  assert.equal(canonicalJson(readStruct(encoded(object), 8)), '{"big":"1e999","exact":1}');
});
