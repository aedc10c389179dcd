import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema, FloatValueSchema, StructSchema } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { plainMessage } from '../../../../test/support/plain-message.ts';
import { delimited, wireMessages } from '../../../../test/support/wire-messages.ts';
import { type ErrorCode, PortcullisError } from '../../../errors.ts';
import { AddressSchema, SocketAddressSchema } from '../../../gen/envoy/config/core/v3/address_pb.ts';
import { HeaderMapSchema, MetadataSchema } from '../../../gen/envoy/config/core/v3/base_pb.ts';
import { AttributeContext_HttpRequestSchema } from '../../../gen/envoy/service/auth/v3/attribute_context_pb.ts';
import { CheckRequestSchema } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import { compileMessage } from './message-reader.ts';

const HTTP = AttributeContext_HttpRequestSchema;

const read = (desc: DescMessage, bytes: Iterable<number>, maxDepth = 32): string =>
  canonicalJson(compileMessage(desc)(Uint8Array.from(bytes), { maxDepth }));

const requests = wireMessages(CheckRequestSchema);
const readRequest = compileMessage(CheckRequestSchema);

test('a message is read as the generated code decodes it, in whatever form it is encoded', () => {
  const property = fc.property(requests, (bytes) => {
    const decoded = reflect(CheckRequestSchema, fromBinary(CheckRequestSchema, bytes));
    assert.equal(canonicalJson(readRequest(bytes, { maxDepth: 32 })), canonicalJson(plainMessage(decoded)));
  });
  fc.assert(property, { numRuns: 500 });
});

test('any bytes are a message or a PortcullisError', () => {
  const outcome = (bytes: Uint8Array): void => {
    try {
      canonicalJson(readRequest(bytes, { maxDepth: 8 }));
    } catch (thrown) {
      assert.ok(thrown instanceof PortcullisError, String(thrown));
      assert.notEqual(thrown.code, 'internal');
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), outcome));
  fc.assert(
    fc.property(requests, fc.nat(), fc.nat(255), fc.nat(), (bytes, at, byte, length) => {
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      outcome(bytes);
      outcome(bytes.subarray(0, length % (bytes.length + 1)));
    }),
  );
});

const text = (number: number, value: string): readonly number[] =>
  delimited(number, Buffer.from(value, 'utf8'));
const entry = (...fields: readonly (readonly number[])[]): readonly number[] => delimited(1, fields.flat());
/** An entry of a Struct: `{[key]: true}`. */
const structTrue = (key: string): readonly number[] =>
  delimited(1, [...text(1, key), ...delimited(2, [0x20, 1])]);
const MINUS_ONE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];

const READ: readonly (readonly [name: string, desc: DescMessage, bytes: readonly number[], json: string])[] =
  [
    ['the last scalar', HTTP, [...text(2, 'GET'), ...text(2, 'PUT')], '{"method":"PUT"}'],
    ['no scalar whose last value is its default', HTTP, [...text(2, 'GET'), ...text(2, '')], '{}'],
    ['no number that is zero', HTTP, [0x48, 0], '{}'],
    ['a negative int64', HTTP, [0x48, ...MINUS_ONE], '{"size":-1}'],
    ['the largest int64', HTTP, [0x48, ...Array<number>(8).fill(0xff), 0x7f], '{"size":9223372036854775807}'],
    [
      'an int64 that no double holds',
      HTTP,
      [0x48, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
      '{"size":9007199254740993}',
    ],
    ['bytes in padded Base64', HTTP, delimited(12, [0xfb, 0xff, 0xbf, 0]), '{"rawBody":"+/+/AA=="}'],
    ['a member of a oneof with its default', SocketAddressSchema, [0x18, 0], '{"portValue":0}'],
    ['the last member of a oneof', SocketAddressSchema, [0x18, 80, ...text(4, '')], '{"namedPort":""}'],
    ['an enum by its number', SocketAddressSchema, [0x08, 1], '{"protocol":1}'],
    ['an enum without a name', SocketAddressSchema, [0x08, ...MINUS_ONE], '{"protocol":-1}'],
    [
      'the lower half of a varint beyond 32 bits',
      SocketAddressSchema,
      [0x18, 0x81, 0x80, 0x80, 0x80, 0x90, 1],
      '{"portValue":1}',
    ],
    ['an empty message in a oneof', AddressSchema, [0x12, 0], '{"pipe":{}}'],
    [
      'both halves of a message in a oneof',
      AddressSchema,
      [...delimited(2, text(1, '/a')), ...delimited(2, [0x10, 7])],
      '{"pipe":{"mode":7,"path":"/a"}}',
    ],
    [
      'a member of a oneof afresh after another member',
      AddressSchema,
      [...delimited(2, text(1, '/a')), ...delimited(3, []), ...delimited(2, [0x10, 7])],
      '{"pipe":{"mode":7}}',
    ],
    [
      'the last entry of a map',
      HTTP,
      [
        ...delimited(3, [...text(1, 'a'), ...text(2, '1')]),
        ...delimited(3, [...text(2, '2'), ...text(1, 'a')]),
      ],
      '{"headers":{"a":"2"}}',
    ],
    ['an entry without key and value', HTTP, delimited(3, []), '{"headers":{"":""}}'],
    ['`__proto__` as a key', HTTP, delimited(3, text(1, '__proto__')), '{"headers":{"__proto__":""}}'],
    [
      'a Struct given in three pieces',
      MetadataSchema,
      entry(
        delimited(2, structTrue('a')),
        text(1, 'f'),
        delimited(2, structTrue('b')),
        delimited(2, structTrue('c')),
      ),
      '{"filterMetadata":{"f":{"a":true,"b":true,"c":true}}}',
    ],
    [
      'a Struct given in two halves',
      MetadataSchema,
      entry(text(1, 'f'), delimited(2, structTrue('a')), delimited(2, structTrue('b'))),
      '{"filterMetadata":{"f":{"a":true,"b":true}}}',
    ],
    [
      'a Struct before its key',
      MetadataSchema,
      entry(delimited(2, structTrue('a')), text(1, 'f')),
      '{"filterMetadata":{"f":{"a":true}}}',
    ],
    [
      'the last Struct of a key, alone',
      MetadataSchema,
      [...entry(delimited(2, structTrue('a'))), ...entry(delimited(2, structTrue('b')))],
      '{"filterMetadata":{"":{"b":true}}}',
    ],
    [
      'an Any given in two halves',
      MetadataSchema,
      delimited(2, [...text(1, 'k'), ...delimited(2, text(1, 'u')), ...delimited(2, delimited(2, [1]))]),
      '{"typedFilterMetadata":{"k":{"typeUrl":"u","value":"AQ=="}}}',
    ],
    [
      'elements of a list one by one',
      HeaderMapSchema,
      [...text(1, ''), ...text(1, '')],
      '{"headers":[{},{}]}',
    ],
  ];

for (const [name, desc, bytes, json] of READ) {
  test(`reads ${name}`, () => {
    assert.equal(read(desc, bytes), json);
  });
}

/** In CheckRequest.attributes.request.http. */
const inHttp = (bytes: readonly number[]): readonly number[] =>
  delimited(1, delimited(4, delimited(2, bytes)));
const inMetadata = (bytes: readonly number[]): readonly number[] => delimited(1, delimited(11, bytes));

const REFUSED: readonly (readonly [
  name: string,
  bytes: readonly number[],
  place: string,
  code?: ErrorCode,
])[] = [
  ['text that is not UTF-8', inHttp(delimited(4, [0xc0, 0x80])), 'attributes.request.http.path'],
  [
    'a header that is not UTF-8',
    inHttp(delimited(3, [...text(1, 'x'), ...delimited(2, [0xff])])),
    'attributes.request.http.headers',
  ],
  [
    'a header name that is not UTF-8',
    inHttp(delimited(3, delimited(1, [0xff]))),
    'attributes.request.http.headers',
  ],
  ['text as a number', inHttp([0x20, 1]), 'attributes.request.http.path'],
  ['a number as text', inHttp(text(9, '1')), 'attributes.request.http.size'],
  ['a message as a number', [0x08, 1], 'attributes'],
  ['a map as a number', inHttp([0x18, 1]), 'attributes.request.http.headers'],
  ['a key as a number', inHttp(delimited(3, [0x08, 1])), 'attributes.request.http.headers'],
  ['a length beyond the end', [0x0a, 9, 0x22], 'attributes'],
  ['a text beyond the message around it', inHttp([0x22, 200]), 'attributes.request.http.path'],
  ['a number without an end', inHttp([0x48, 0x80]), 'attributes.request.http.size'],
  ['a number of 65 bits', inHttp([0x48, ...MINUS_ONE.slice(0, 9), 2]), 'attributes.request.http.size'],
  [
    'a number of eleven bytes',
    inHttp([0x48, ...Array<number>(11).fill(0x80)]),
    'attributes.request.http.size',
  ],
  ['a group', inHttp([0xa3, 6]), 'attributes.request.http'],
  ['field number 0', inHttp([0x02, 0]), 'attributes.request.http'],
  [
    'a header of the map that is not UTF-8',
    inHttp(delimited(13, [...delimited(1, []), ...delimited(1, delimited(2, [0xff]))])),
    'attributes.request.http.headerMap.headers.1.value',
  ],
  [
    'a Struct with a key twice',
    inMetadata(entry(text(1, 'f'), delimited(2, [...structTrue('a'), ...structTrue('a')]))),
    'attributes.metadataContext.filterMetadata.f',
    'json_duplicate_key',
  ],
  [
    'a Struct with a Value without a kind',
    inMetadata(entry(text(1, 'f'), delimited(2, delimited(1, delimited(2, []))))),
    'attributes.metadataContext.filterMetadata.f',
  ],
];

for (const [name, bytes, place, code = 'invalid_request'] of REFUSED) {
  test(`refuses ${name} and says where`, () => {
    assert.throws(
      () => read(CheckRequestSchema, bytes),
      (thrown) => {
        assert.ok(thrown instanceof PortcullisError);
        assert.equal(thrown.code, code);
        assert.ok(thrown.message.endsWith(` (in ${place})`), thrown.message);
        return true;
      },
    );
  });
}

test('the depth of messages, maps, lists and Structs together is limited', () => {
  const nested = inMetadata(entry(text(1, 'f'), delimited(2, structTrue('a'))));
  // The document, attributes, metadataContext, filterMetadata, f.
  assert.match(read(CheckRequestSchema, nested, 5), /true/);
  assert.throws(() => read(CheckRequestSchema, nested, 4), { code: 'json_too_deep' });
  const mapped = inHttp(delimited(3, []));
  // The document, attributes, request, http, headers.
  assert.match(read(CheckRequestSchema, mapped, 5), /headers/);
  assert.throws(() => read(CheckRequestSchema, mapped, 4), { code: 'json_too_deep' });
  const listed = inHttp(delimited(13, delimited(1, [])));
  // The document, attributes, request, http, headerMap, headers, the first.
  assert.match(read(CheckRequestSchema, listed, 7), /headerMap/);
  assert.throws(() => read(CheckRequestSchema, listed, 6), { code: 'json_too_deep' });
});

test('bytes are handed over as they are', () => {
  const seen: string[] = [];
  compileMessage(HTTP)(Uint8Array.from([...delimited(12, [1]), ...delimited(12, [2, 3])]), {
    maxDepth: 8,
    onBytes: (field, bytes) => seen.push(`${field.name} ${bytes.join()}`),
  });
  assert.deepEqual(seen, ['raw_body 1', 'raw_body 2,3']);
});

test('kinds of fields that are not read are found when the message is compiled', () => {
  for (const desc of [FloatValueSchema, StructSchema, FileDescriptorProtoSchema]) {
    assert.throws(() => compileMessage(desc), { code: 'internal' }, desc.typeName);
  }
});
