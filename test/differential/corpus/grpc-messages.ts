/** Messages for gRPC bodies: of `kitchen.proto` as JSON and as bytes, of `pantry.proto` as bytes. */
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What the example's policy allows. */
export const DINNER: JsonObject = {
  weight: 1.23,
  opaqueId: 'asdf',
  calories: '101',
  cook: { name: 'alice', taughtBy: { name: 'bob' } },
  course: 'COURSE_MAIN',
  photo: 'AAAA',
  ready: '2020-12-02T09:48:42.118723Z',
  cooking: '30s',
  parcel: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'Hithere' },
  extras: { foo: 'bar' },
  steps: ['zero', 'one', 'infinity'],
};

export const DISHES: Readonly<Record<string, JsonValue>> = {
  'the dinner': DINNER,
  'another dinner': { ...DINNER, calories: '102' },
  nothing: {},
  'all defaults': {
    weight: 0,
    seats: 0,
    calories: '0',
    opaqueId: '',
    hot: false,
    course: 'COURSE_UNSPECIFIED',
    ratings: [],
  },
  'small numbers': {
    weight: -0.0,
    price: 0.1,
    seats: -1,
    degrees: -40,
    drift: '-1',
    offset: -5,
    balance: '-6',
  },
  'large numbers': {
    weight: 1e21,
    price: 3.4028235e38,
    seats: 2147483647,
    calories: '9223372036854775807',
    grams: 4294967295,
    atoms: '18446744073709551615',
    tag: 1,
    serial: '2',
  },
  'tiny numbers': { weight: 5e-324, price: 1e-45, share: 1e-7 },
  'rounded numbers': { weight: 1e-6, price: 16777216, share: 123456789012 },
  'exponents of a float': { price: 1e21, weight: 1e20, share: 1e-6 },
  'not a number': { weight: 'NaN', price: 'Infinity', share: '-Infinity' },
  lists: {
    ratings: ['1', '-2', '3'],
    courses: ['COURSE_MAIN', 'COURSE_NEGATIVE', 'COURSE_UNSPECIFIED'],
    helpers: [{}, { name: 'c' }],
  },
  maps: {
    stock: { '': '0', a: '1', __proto__: '2' },
    stations: { '-1': {}, '2': { name: 'd' } },
    flags: { true: 'y', false: '' },
  },
  'a name': { namedSauce: '' },
  'a number': { numberedSauce: 0 },
  'explicit zero': { table: 0 },
  'a name of its own': { '@odd name': 'x' },
  'text of many kinds': { opaqueId: '\u0000\u001f<>&\u2028é漢😀"\\/\u007f' },
  bytes: { photo: Buffer.from([0, 255, 254, 62, 63]).toString('base64'), seal: '/+8=' },
  times: { ready: '1969-12-31T23:59:59.5Z', cooking: '-1.500s' },
  'times of nanoseconds': { ready: '9999-12-31T23:59:59.999999999Z', cooking: '315576000000s' },
  'times of whole seconds': { ready: '1970-01-01T00:00:00Z', cooking: '0.000001s' },
  'free form': {
    extras: { n: null, t: true, l: [1, 1.5, 'x', {}], deep: { a: { b: {} } }, big: 1e21, '': '' },
    remark: null,
    steps: [null, [], 1],
  },
  'a value': { remark: { a: [1] } },
  'a mask': { shown: 'opaqueId,cook.taughtBy' },
  'a packed time': { parcel: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1s' } },
  'a packed dish': { parcel: { '@type': 'type.googleapis.com/test.Dish', opaqueId: 'inner' } },
  wrappers: { tip: '0', share: 0, seal: '', note: '', paid: false },
  'empty messages': {
    cook: {},
    plate: {},
    ready: '1970-01-01T00:00:00Z',
    cooking: '0s',
    extras: {},
    steps: [],
  },
  'a null': { nothing: null },
};

export const written = (write: (writer: BinaryWriter) => void): Uint8Array => {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
};

/** Messages that no regular writer writes. */
export const ODD_MESSAGES: Readonly<Record<string, Uint8Array>> = {
  'an unknown field': written((w) =>
    w.tag(999, WireType.Varint).uint32(1).tag(14, WireType.LengthDelimited).string('x'),
  ),
  'an unknown enum value': written((w) => w.tag(16, WireType.Varint).int32(77)),
  'text that is not UTF-8': written((w) => w.tag(14, WireType.LengthDelimited).bytes(Buffer.of(0xff))),
  'a field of another type': written((w) => w.tag(3, WireType.LengthDelimited).string('x')),
  'both of one': written((w) =>
    w.tag(23, WireType.LengthDelimited).string('a').tag(24, WireType.Varint).int32(5),
  ),
  'a field twice': written((w) =>
    w.tag(14, WireType.LengthDelimited).string('a').tag(14, WireType.LengthDelimited).string('b'),
  ),
  'a message in two pieces': written((w) => {
    w.tag(17, WireType.LengthDelimited).bytes(written((c) => c.tag(1, WireType.LengthDelimited).string('a')));
    w.tag(17, WireType.LengthDelimited).bytes(
      written((c) => c.tag(2, WireType.LengthDelimited).bytes(Buffer.alloc(0))),
    );
  }),
  'a list packed and not': written((w) =>
    w.tag(18, WireType.Varint).int64(1).tag(18, WireType.LengthDelimited).bytes(Buffer.of(2, 3)),
  ),
  'a map entry without a key': written((w) => w.tag(20, WireType.LengthDelimited).bytes(Buffer.of(0x10, 5))),
  'a time out of range': written((w) =>
    w
      .tag(30, WireType.LengthDelimited)
      .bytes(written((t) => t.tag(1, WireType.Varint).int64('999999999999999'))),
  ),
  'a duration of mixed signs': written((w) =>
    w
      .tag(31, WireType.LengthDelimited)
      .bytes(written((t) => t.tag(1, WireType.Varint).int64(1).tag(2, WireType.Varint).int32(-1))),
  ),
  'a value of no kind': written((w) => w.tag(33, WireType.LengthDelimited).bytes(Buffer.alloc(0))),
  'a free number that is none': written((w) =>
    w.tag(33, WireType.LengthDelimited).bytes(written((v) => v.tag(2, WireType.Bit64).double(Number.NaN))),
  ),
  'a mask that has no JSON': written((w) =>
    w
      .tag(35, WireType.LengthDelimited)
      .bytes(written((m) => m.tag(1, WireType.LengthDelimited).string('snake_Case'))),
  ),
  'a parcel of an unknown type': written((w) =>
    w
      .tag(36, WireType.LengthDelimited)
      .bytes(written((a) => a.tag(1, WireType.LengthDelimited).string('type.googleapis.com/no.Such'))),
  ),
  'a parcel without a type': written((w) =>
    w
      .tag(36, WireType.LengthDelimited)
      .bytes(written((a) => a.tag(2, WireType.LengthDelimited).bytes(Buffer.of(1)))),
  ),
  'an empty parcel': written((w) => w.tag(36, WireType.LengthDelimited).bytes(Buffer.alloc(0))),
  'a cut field': Buffer.of(0x72, 5, 0x61),
  'no field number': Buffer.of(0, 0),
  'a group': written((w) => w.tag(500, WireType.StartGroup).tag(500, WireType.EndGroup)),
  'a group that does not end': written((w) => w.tag(500, WireType.StartGroup)),
  deep: Array.from({ length: 80 }).reduce<Uint8Array>(
    (inner) => written((w) => w.tag(2, WireType.LengthDelimited).bytes(inner)),
    Buffer.alloc(0),
  ),
};

export const JARS: Readonly<Record<string, Uint8Array>> = {
  'a jar': Buffer.concat([
    Buffer.of(0x0a, 1, 0x61, 0x18, 4),
    Buffer.of(0x23, 0x2a, 1, 0x62, 0x24),
    Buffer.of(0x32, 2, 1, 2),
  ]),
  'a jar without its label': Buffer.of(0x10, 1),
  'an unknown size': Buffer.of(0x0a, 1, 0x61, 0x18, 99),
  'an owner': Buffer.concat([
    Buffer.of(0x0a, 1, 0x61),
    written((w) => w.tag(100, WireType.LengthDelimited).string('me')),
  ]),
  'not UTF-8': Buffer.of(0x0a, 1, 0xff),
};
