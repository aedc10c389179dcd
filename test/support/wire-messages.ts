/** Encoded messages as a property test wants them, and what they say, by the descriptors alone. */
import {
  create,
  type DescField,
  type DescMessage,
  type JsonObject as EsJsonObject,
  fromJson,
  ScalarType,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import type { ReflectMessage, ScalarValue } from '@bufbuild/protobuf/reflect';
import { type Struct, StructSchema } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';

/** One field on the wire, tag included. */
type Encoded = readonly number[];

interface WireOptions {
  /** Names of fields (as in the .proto file) that are not generated. */
  readonly without?: readonly string[];
}

/**
 * Encodings of a message that are valid but not canonical: fields in any order and repeated, members of one oneof in turn,
 * defaults written out, varints longer than needed, map entries that lack a part, fields that nobody knows.
 * Without the key `__proto__`, which the generated code cannot hold, and without recursive messages other than Struct.
 */
export function wireMessages(desc: DescMessage, options: WireOptions = {}): fc.Arbitrary<Uint8Array> {
  return fieldsOf(desc, options, 6).map((bytes) => Uint8Array.from(bytes));
}

function fieldsOf(desc: DescMessage, options: WireOptions, maxLength: number): fc.Arbitrary<Encoded> {
  if (desc.typeName === StructSchema.typeName) return structs;
  const known = desc.fields.filter(({ name }) => !options.without?.includes(name));
  const fields = known.map((field) => ({ arbitrary: encodedField(field, options), weight: 4 }));
  const any = fc.oneof(...fields, { arbitrary: unknownField, weight: 1 });
  return fc.array(any, { maxLength }).map((list) => list.flat());
}

function encodedField(field: DescField, options: WireOptions): fc.Arbitrary<Encoded> {
  const message = (desc: DescMessage): fc.Arbitrary<Encoded> =>
    fieldsOf(desc, options, 5).map((bytes) => delimited(field.number, bytes));
  switch (field.fieldKind) {
    case 'message':
      return message(field.message);
    case 'enum':
      return encodedScalar(field.number, ScalarType.INT32);
    case 'scalar':
      return encodedScalar(field.number, field.scalar);
    case 'list':
      if (field.listKind === 'message') return message(field.message);
      if (field.listKind === 'scalar') return encodedScalar(field.number, field.scalar);
      throw new Error(`${field.toString()}: lists of enums are not generated`);
    case 'map': {
      const value =
        field.mapKind === 'message'
          ? fieldsOf(field.message, options, 3).map((bytes) => delimited(2, bytes))
          : encodedScalar(2, ScalarType.STRING);
      const parts: [fc.Arbitrary<Encoded>, fc.Arbitrary<Encoded>] = [
        encodedScalar(1, ScalarType.STRING),
        value,
      ];
      return fc
        .tuple(fc.subarray([0, 1, 2]), fc.boolean(), fc.tuple(...parts, unknownField))
        .map(([present, reversed, all]) => {
          const some = present.map((index) => all[index]!);
          return delimited(field.number, (reversed ? some.reverse() : some).flat());
        });
    }
    default:
      throw new Error('no such kind of field');
  }
}

const texts = fc
  .oneof(
    { arbitrary: fc.string({ unit: 'binary', maxLength: 6 }), weight: 2 },
    fc.constantFrom('', 'a', 'content-type', 'constructor', 'toString', '\ufffd', '\ufeff', '1'),
  )
  .filter((text) => text !== '__proto__');

function encodedScalar(number: number, type: ScalarType): fc.Arbitrary<Encoded> {
  const integer = (values: fc.Arbitrary<bigint>): fc.Arbitrary<Encoded> =>
    fc
      .tuple(fc.oneof(values, fc.constantFrom(0n, 1n)), fc.nat(10))
      .map(([value, length]) => [...varint(BigInt(number * 8)), ...varint(value, length)]);
  switch (type) {
    case ScalarType.STRING:
      return texts.map((text) => delimited(number, Buffer.from(text, 'utf8')));
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 6 }).map((bytes) => delimited(number, bytes));
    case ScalarType.BOOL:
      return integer(fc.constantFrom(0n, 1n));
    case ScalarType.INT32:
      return integer(fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n }));
    case ScalarType.UINT32:
      return integer(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }));
    case ScalarType.INT64:
      return integer(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    default:
      throw new Error(`scalars of type ${ScalarType[type]} are not generated`);
  }
}

/** Unlike the messages', the entries of a Struct are canonical: two readers may differ on others. */
const structs: fc.Arbitrary<Encoded> = fc
  .dictionary(texts, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: false })
  .map((object) => JSON.parse(JSON.stringify(object)) as EsJsonObject)
  .map((object) => [...toBinary(StructSchema, fromJson(StructSchema, object))]);

const unknownField: fc.Arbitrary<Encoded> = fc
  .tuple(
    fc.constantFrom(200, 19_000, 2 ** 29 - 1),
    fc.constantFrom<Encoded>([0, 0x96, 1], [1, 1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 0xff, 0xff], [5, 1, 2, 3, 4]),
  )
  .map(([number, [wireType, ...content]]) => [
    ...varint(BigInt(number) * 8n + BigInt(wireType!)),
    ...content,
  ]);

/** In two's complement, in at least `minLength` bytes. */
function varint(value: bigint, minLength = 1): Encoded {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn || bytes.length + 1 < minLength) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

/** A length-delimited field. */
export function delimited(number: number, content: Iterable<number>): Encoded {
  const bytes = [...content];
  return [...varint(BigInt(number * 8 + 2)), ...varint(BigInt(bytes.length)), ...bytes];
}

/** What a decoded message says, by Go's `Message.Range` and the `protomap` of opa-envoy-plugin: only what is set, Struct as JSON. */
export function plainMessage(message: ReflectMessage): JsonValue {
  if (message.desc.typeName === StructSchema.typeName) {
    return toJson(StructSchema, create(StructSchema, message.message as Struct)) as JsonObject;
  }
  const entries = message.fields
    .filter((field) => message.isSet(field))
    .map((field): [string, JsonValue] => [field.jsonName, plainField(message, field)]);
  return Object.fromEntries(entries);
}

function plainField(message: ReflectMessage, field: DescField): JsonValue {
  switch (field.fieldKind) {
    case 'list':
      return [...message.get(field)].map((value) => plainValue(value as ScalarValue | ReflectMessage));
    case 'map': {
      const entries = [...message.get(field)].map(([key, value]): [string, JsonValue] => [
        String(key),
        plainValue(value as ScalarValue | ReflectMessage),
      ]);
      return Object.fromEntries(entries);
    }
    case 'message':
      return plainMessage(message.get(field));
    default:
      return plainValue(message.get(field) as ScalarValue);
  }
}

function plainValue(value: ScalarValue | ReflectMessage): JsonValue {
  if (typeof value === 'bigint') return JSON.rawJSON(value.toString());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'object' ? plainMessage(value) : value;
}
