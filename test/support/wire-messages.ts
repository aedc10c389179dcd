/** Encoded messages as a property test wants them, by their descriptor alone. */
import {
  type DescField,
  type DescMessage,
  type JsonObject as EsJsonObject,
  fromJson,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';

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

const { STRING, BYTES, BOOL, INT32, UINT32, INT64 } = ScalarType;

const integers: ReadonlyMap<ScalarType, fc.Arbitrary<bigint>> = new Map([
  [BOOL, fc.constantFrom(0n, 1n)],
  [INT32, fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n })],
  [UINT32, fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })],
  [INT64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
]);

function encodedScalar(number: number, type: ScalarType): fc.Arbitrary<Encoded> {
  if (type === STRING) return texts.map((text) => delimited(number, Buffer.from(text, 'utf8')));
  if (type === BYTES) return fc.uint8Array({ maxLength: 6 }).map((bytes) => delimited(number, bytes));
  const values = integers.get(type);
  if (values === undefined) throw new Error(`scalars of type ${ScalarType[type]} are not generated`);
  return fc
    .tuple(fc.oneof(values, fc.constantFrom(0n, 1n)), fc.nat(10))
    .map(([value, length]) => varint(BigInt(number * 8)).concat(varint(value, length)));
}

/** Unlike the messages', the entries of a Struct are canonical: two readers may differ on others. */
const structs: fc.Arbitrary<Encoded> = fc
  .dictionary(texts, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: false })
  .map((object) => JSON.parse(JSON.stringify(object)) as EsJsonObject)
  .map((object) => Array.from(toBinary(StructSchema, fromJson(StructSchema, object))));

const unknownField: fc.Arbitrary<Encoded> = fc
  .tuple(
    fc.constantFrom(200n, 19_000n, 2n ** 29n - 1n),
    fc.constantFrom<[wireType: bigint, content: Encoded]>(
      [0n, [0x96, 1]],
      [1n, [1, 2, 3, 4, 5, 6, 7, 8]],
      [2n, [2, 0xff, 0xff]],
      [5n, [1, 2, 3, 4]],
    ),
  )
  .map(([number, [wireType, content]]) => varint(number * 8n + wireType).concat(content));

/** In two's complement, in at least `minLength` bytes. */
export function varint(value: bigint, minLength = 1): number[] {
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
