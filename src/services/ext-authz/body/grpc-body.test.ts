import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { before, describe, it } from 'node:test';
import { createFileRegistry, type FileRegistry, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { descriptorSet } from '../../../../test/support/descriptor-set.ts';
import { PortcullisError } from '../../../errors.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import { parseJson } from '../../../json/parse.ts';
import type { JsonValue } from '../../../json/value.ts';
import { bodyFacts } from './body-facts.ts';
import { GrpcBodies } from './grpc-body.ts';
import { parsedBody } from './parsed-body.ts';

const PLACE = '/shop.v1.Orders/Place';
const SEND = '/post.v1.Post/Send';
const MAX_DEPTH = 16;

let types: FileRegistry;
let grpc: GrpcBodies;
before(async () => {
  const set = await descriptorSet();
  types = createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
  grpc = GrpcBodies.fromDescriptorSet(set);
});

function frame(message: Uint8Array, flags = 0, length = message.byteLength): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flags);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, message]);
}

/** The value's JSON, `truncated`, or the code of the error. */
function answer(path: string, rawBody: Uint8Array, bodies: GrpcBodies | undefined = grpc): string {
  const source = { path, headers: { 'content-type': 'application/grpc+proto' }, body: '', rawBody };
  const limits = { maxBytes: 1 << 20, maxDepth: MAX_DEPTH };
  try {
    const { value, truncated } = parsedBody(source, bodyFacts(source), { limits, grpc: bodies });
    return truncated ? 'truncated' : canonicalJson(value);
  } catch (error) {
    assert.ok(error instanceof PortcullisError, String(error));
    return error.code;
  }
}

function order(json: JsonValue): Uint8Array {
  const desc = types.getMessage('shop.v1.Order');
  assert.ok(desc);
  return toBinary(desc, fromJson(desc, json as never, { registry: types }));
}

// The right side of each row is what opa-envoy-plugin v1.15.2 answers.
describe('gRPC messages in JSON', () => {
  const rows: [what: string, message: JsonValue, expected: string][] = [
    ['nothing', {}, '{}'],
    ['text', { id: '\u20ac<b>', other: 'x', note: '' }, '{"id":"\u20ac<b>","note":"","other":"x"}'],
    ['defaults', { id: '', count: 0, paid: false, price: 0, items: [], stock: {} }, '{}'],
    [
      'integers',
      {
        number: '-9223372036854775808',
        totalCents: '18446744073709551615',
        count: -1,
        fixed: '1',
        small: -3,
      },
      '{"count":-1,"fixed":"1","number":"-9223372036854775808","small":-3,"totalCents":"18446744073709551615"}',
    ],
    [
      'more integers',
      { signed: -2, unsigned: 4294967295, bigSigned: '-5' },
      '{"bigSigned":"-5","signed":-2,"unsigned":4294967295}',
    ],
    [
      'doubles',
      { price: 0.1, numbers: [1, 1.5, -0, 1e21, 1e20, 1e-7, 1e-6, 'NaN', '-Infinity', 5e-324] },
      '{"numbers":[1,1.5,-0,1e+21,100000000000000000000,1e-7,0.000001,"NaN","-Infinity",5e-324],"price":0.1}',
    ],
    [
      'floats, the shortest',
      { weight: 0.1, floats: [16777216, 3.4028234663852886e38, 1.401298464324817e-45, 1e10, -0, 'NaN'] },
      '{"floats":[16777216,3.4028235e+38,1e-45,10000000000,-0,"NaN"],"weight":0.1}',
    ],
    [
      'floats between two decimals',
      { floats: [2277024.25, 0.000244140625, 1.2379400392853803e27] },
      '{"floats":[2277024.2,0.00024414063,1.2379401e+27]}',
    ],
    ['bytes', { blob: '++//AA==', wrappedBytes: '' }, '{"blob":"++//AA==","wrappedBytes":""}'],
    [
      'enums',
      { status: 'STATUS_PAID', statuses: ['STATUS_UNSPECIFIED', 7], statusOf: { a: 2, b: -1 } },
      '{"status":"STATUS_PAID","statusOf":{"a":"STATUS_SENT","b":-1},"statuses":["STATUS_UNSPECIFIED",7]}',
    ],
    ['lists', { tags: ['a', ''], sizes: [1, -1] }, '{"sizes":[1,-1],"tags":["a",""]}'],
    [
      'maps',
      { stock: { a: 1, '': 0 }, byId: { '-1': { sku: 'x' }, 2: {} }, flags: { true: 'y', false: 'n' } },
      '{"byId":{"-1":{"sku":"x"},"2":{}},"flags":{"false":"n","true":"y"},"stock":{"":0,"a":1}}',
    ],
    [
      'messages',
      { item: { part: { sku: 'x' } }, items: [{}, { sku: 'y' }] },
      '{"item":{"part":{"sku":"x"}},"items":[{},{"sku":"y"}]}',
    ],
    ['a oneof', { points: '0' }, '{"points":"0"}'],
    [
      'times',
      { placedAt: '2026-11-22T12:00:00.5Z', lasts: '-1.000000001s' },
      '{"lasts":"-1.000000001s","placedAt":"2026-11-22T12:00:00.500Z"}',
    ],
    ['a field mask', { mask: 'fooBar,a.bC' }, '{"mask":"fooBar,a.bC"}'],
    [
      'a Struct',
      { extra: { n: 1.5, b: true, z: null, l: [1, [], {}], o: { k: {} } } },
      '{"extra":{"b":true,"l":[1,[],{}],"n":1.5,"o":{"k":{}},"z":null}}',
    ],
    ['Value and ListValue', { anyValue: [null, 1], list: [] }, '{"anyValue":[null,1],"list":[]}'],
    ['values in a map', { values: { a: null, b: { c: 1 } } }, '{"values":{"a":null,"b":{"c":1}}}'],
    [
      'wrappers',
      { nick: '', ratio: 0.1, wrapped: '9007199254740993' },
      '{"nick":"","ratio":0.1,"wrapped":"9007199254740993"}',
    ],
    ['Empty', { nothing: {} }, '{"nothing":{}}'],
    [
      'Any',
      { detail: { '@type': 'type.googleapis.com/shop.v1.Item', sku: 'x' } },
      '{"detail":{"@type":"type.googleapis.com/shop.v1.Item","sku":"x"}}',
    ],
    [
      'Any of a well-known type',
      { detail: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1.5s' } },
      '{"detail":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}}',
    ],
    [
      'Any of Empty',
      { detail: { '@type': 'type.googleapis.com/google.protobuf.Empty' } },
      '{"detail":{"@type":"type.googleapis.com/google.protobuf.Empty","value":{}}}',
    ],
    ['empty Any', { detail: {} }, '{"detail":{}}'],
  ];
  for (const [what, message, expected] of rows) {
    it(what, () => assert.equal(answer(PLACE, frame(order(message))), canonicalJson(parseJson(expected))));
  }
});

describe('gRPC messages on the wire', () => {
  const rows: [what: string, path: string, hex: string, expected: string][] = [
    ['the last scalar wins', PLACE, '0a01610a0162', '{"id":"b"}'],
    ['messages merge', PLACE, '62030a0161620412020a00', '{"item":{"part":{},"sku":"a"}}'],
    ['the last of a oneof wins', PLACE, '7201617801', '{"points":"1"}'],
    ['lists packed and not', PLACE, 'ea01020102e80103', '{"sizes":[1,2,3]}'],
    ['the last entry of a map wins', PLACE, '5a050a016110015a050a01611002', '{"stock":{"a":2}}'],
    ['a map entry without key and value', PLACE, '5a00', '{"stock":{"":0}}'],
    ['__proto__ as a key', PLACE, '5a0d0a095f5f70726f746f5f5f1001', '{"stock":{"__proto__":1}}'],
    ['unknown fields', PLACE, 'd23e0161ca3e00', '{}'],
    ['a bool that is more than one', PLACE, '288002', '{"paid":true}'],
    ['an int32 of more than 32 bits', PLACE, '20ffffffffff7f', '{"count":-1}'],
    ['text that is not UTF-8', PLACE, '0a01ff', 'invalid_request'],
    ['a cut field', PLACE, '0a0561', 'invalid_request'],
    ['a cut varint', PLACE, '20ff', 'invalid_request'],
    ['a varint of 11 bytes', PLACE, '20ffffffffffffffffffff01', 'invalid_request'],
    ['field number 0', PLACE, '0000', 'invalid_request'],
    ['a field beyond its message', PLACE, '62050a0561', 'invalid_request'],
    ['a packed list that ends too early', PLACE, 'ea0101ff', 'invalid_request'],
    ['a packed varint that is too long', PLACE, 'ea010affffffffffffffffff63', 'invalid_request'],
    ['a packed list of an odd length', PLACE, 'e20203000000', 'invalid_request'],
    ['an empty Value', PLACE, 'b20100', 'invalid_request'],
    ['an empty Value in a Struct', PLACE, 'aa01050a030a0161', 'invalid_request'],
    ['NaN in a Value', PLACE, 'b2010911000000000000f87f', 'invalid_request'],
    ['a time after the year 9999', PLACE, '920107088083d1ffaf07', 'invalid_request'],
    ['an odd field mask', PLACE, 'a201050a03612062', 'invalid_request'],
    ['a field mask that has no JSON name', PLACE, 'a201040a025f5f', 'invalid_request'],
    ['Any without a type', PLACE, 'c20103120100', 'invalid_request'],
    ['Any of an unknown type', PLACE, 'c201060a04782f6e6f', 'invalid_request'],
    ['proto2', SEND, '0a01611002180b', '{"kind":"KIND_EXPRESS","pages":11,"to":"a"}'],
    ['a missing required field', SEND, '1002', 'invalid_request'],
    ['an extension', SEND, '0a0161a2060178', '{"to":"a"}'],
    [
      'a missing required field in Any',
      PLACE,
      'c201160a10782f706f73742e76312e4c657474657212021002',
      '{"detail":{"@type":"x/post.v1.Letter","kind":"KIND_EXPRESS"}}',
    ],
  ];
  for (const [what, path, hex, expected] of rows) {
    it(what, () => assert.equal(answer(path, frame(Buffer.from(hex, 'hex'))), expected));
  }
});

describe('gRPC bodies, other than opa-envoy-plugin', () => {
  const rows: [what: string, path: string, hex: string, plugin: string, ours: string][] = [
    ['a known field of another wire type', PLACE, '0801', '{}', 'invalid_request'],
    ['another one, which hides a field', PLACE, '0d616161612001', '{"count":1}', 'invalid_request'],
    ['a group', SEND, '0a016123080124', '{"stamp":{"cents":1},"to":"a"}', 'invalid_request'],
    ['an unknown group', PLACE, 'cb3ecc3e', '{}', 'invalid_request'],
    ['an unknown number of a closed enum', SEND, '0a01611007', '{"kind":7,"to":"a"}', '{"to":"a"}'],
  ];
  for (const [what, path, hex, plugin, ours] of rows) {
    it(`${what}: ${ours}, there ${plugin}`, () =>
      assert.equal(answer(path, frame(Buffer.from(hex, 'hex'))), ours));
  }

  it('refuses more than 50,000 messages, those in an Any included', () => {
    const items = (count: number): Buffer => Buffer.alloc(2 * count, Buffer.of(13 * 8 + 2, 0));
    assert.match(answer(PLACE, frame(items(49_999))), /^\{"items"/);
    assert.equal(answer(PLACE, frame(items(50_000))), 'over_limit');
    const any = (count: number): Uint8Array => {
      const detail = { '@type': 'x/shop.v1.Order', items: Array.from({ length: count }, () => ({})) };
      return order({ detail });
    };
    // The order, the Any and the order in it.
    assert.match(answer(PLACE, frame(Buffer.concat([any(24_000), items(25_997)]))), /^\{"detail"/);
    assert.equal(answer(PLACE, frame(Buffer.concat([any(24_000), items(25_998)]))), 'over_limit');
  });

  it('refuses deep nesting', () => {
    const nested = (depth: number): JsonValue => (depth === 0 ? {} : { part: nested(depth - 1) });
    assert.match(answer(PLACE, frame(order({ item: nested(MAX_DEPTH - 2) }))), /^\{"item"/);
    assert.equal(answer(PLACE, frame(order({ item: nested(MAX_DEPTH - 1) }))), 'json_too_deep');
    assert.equal(answer(PLACE, frame(order({ item: nested(MAX_DEPTH * 4) }))), 'invalid_request');
  });
});

describe('gRPC frames', () => {
  const message = Buffer.from('0a0161', 'hex');
  const rows: [what: string, path: string, body: Buffer, expected: string][] = [
    [
      'the first message of several',
      PLACE,
      Buffer.concat([frame(message), frame(Buffer.from('ff'))]),
      '{"id":"a"}',
    ],
    ['a method that answers a stream', '/shop.v1.Orders/Watch', frame(message), '{"id":"a"}'],
    ['compressed', PLACE, frame(message, 1), 'null'],
    ['compressed and cut', PLACE, frame(message, 1, 99), 'null'],
    ['cut', PLACE, frame(message, 0, 4), 'truncated'],
    ['cut, of an unknown method', '/a/b', frame(message, 0, 4), 'truncated'],
    ['of the greatest length', PLACE, frame(message, 0, 0xffff_ffff), 'truncated'],
    ['shorter than its header', PLACE, Buffer.alloc(4), 'invalid_request'],
    ['no body', PLACE, Buffer.alloc(0), 'null'],
    ['an empty message', PLACE, Buffer.alloc(5), '{}'],
    ['an unknown service', '/no.Service/Place', frame(message), 'null'],
    ['an unknown method', '/shop.v1.Orders/Nope', frame(message), 'null'],
    ['a message for a service', '/shop.v1.Order/Place', frame(message), 'null'],
    ['a client stream', '/shop.v1.Orders/Upload', frame(message), 'null'],
    ['streams both ways', '/shop.v1.Orders/Chat', frame(message), 'null'],
    ['one path segment', '/shop.v1.Orders', frame(message), 'invalid_request'],
    ['three path segments', '/shop.v1.Orders/Place/x', frame(message), 'invalid_request'],
    ['the path as the plugin reads it', '//shop.v1.Orders%2fPlace?x', frame(message), '{"id":"a"}'],
    ['a malformed path', '/shop.v1.Orders/%zz', frame(message), 'invalid_request'],
  ];
  for (const [what, path, body, expected] of rows) {
    it(what, () => assert.equal(answer(path, body), expected));
  }

  it('tell whether they were read', () => {
    const options = { limits: { maxBytes: 100, maxDepth: 9 }, grpc };
    const formatOf = (path: string, rawBody: Buffer, contentType = 'application/grpc'): string | null => {
      const source = { path, headers: { 'content-type': contentType }, body: '', rawBody };
      return parsedBody(source, bodyFacts(source), options).format;
    };
    assert.equal(formatOf(PLACE, frame(message)), 'grpc');
    assert.equal(formatOf(PLACE, frame(message), 'Application/gRPC-Web+proto'), 'grpc');
    assert.equal(formatOf(PLACE, frame(message, 1)), null);
    assert.equal(formatOf(PLACE, frame(message, 0, 4)), null);
    assert.equal(formatOf('/no.Service/Place', frame(message)), null);
    for (const type of ['application/grpc+json', 'application/grpc-web-text', 'application/grpcx'])
      assert.throws(() => formatOf(PLACE, frame(message), type), PortcullisError, type);
  });

  it('are not read without a descriptor set, nor from a text body', () => {
    const source = {
      path: PLACE,
      headers: { 'content-type': 'application/grpc' },
      body: 'x',
      rawBody: Buffer.alloc(0),
    };
    const options = { limits: { maxBytes: 100, maxDepth: 9 }, grpc: undefined };
    const none = { value: null, truncated: false, format: null };
    assert.deepEqual(
      parsedBody({ ...source, body: '', rawBody: frame(message) }, bodyFacts(source), options),
      none,
    );
    assert.deepEqual(parsedBody(source, bodyFacts(source), { ...options, grpc }), none);
  });

  it('give a value or a PortcullisError whatever they hold', () => {
    const good = Array.from(
      order({ id: 'a', item: { part: {} }, extra: { a: [1, { b: null }] }, sizes: [1, 2], stock: { a: 1 } }),
    );
    const mutated = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((edits) => edits.reduce((bytes, [at, byte]) => bytes.with(at, byte), good))
      .map((bytes) => Buffer.from(bytes));
    const bodies = fc.oneof(
      mutated.map((bytes) => frame(bytes)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => frame(bytes)),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(fc.constantFrom(PLACE, SEND), bodies, (path, body) => {
        assert.equal(typeof answer(path, body), 'string');
      }),
      { numRuns: 500 },
    );
  });
});

describe('descriptor sets', () => {
  it('must be one, with all imports', async () => {
    const set = fromBinary(FileDescriptorSetSchema, await descriptorSet());
    const withoutImports = { ...set, file: set.file.filter(({ name }) => name === 'shop.proto') };
    for (const bytes of [Buffer.from('no'), toBinary(FileDescriptorSetSchema, withoutImports)]) {
      assert.throws(
        () => GrpcBodies.fromDescriptorSet(bytes),
        (error) => error instanceof PortcullisError && error.code === 'config_invalid',
      );
    }
  });
});
