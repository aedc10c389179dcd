import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { delimited, wireMessages } from '../../../../test/support/wire-messages.ts';
import {
  type AttributeContext_HttpRequestSchema,
  type AttributeContextSchema,
} from '../../../gen/envoy/service/auth/v3/attribute_context_pb.ts';
import { CheckRequestSchema } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import type { JsonObject } from '../../../json/value.ts';
import { type CheckFacts, readCheckRequest } from './check-request.ts';

const LIMITS = { maxBytes: 65_536, maxDepth: 32 };

type Http = MessageInitShape<typeof AttributeContext_HttpRequestSchema>;

function factsOf(attributes: MessageInitShape<typeof AttributeContextSchema>): CheckFacts {
  return readCheckRequest(toBinary(CheckRequestSchema, create(CheckRequestSchema, { attributes })), LIMITS);
}

const factsOfHttp = (http: Http): CheckFacts => factsOf({ request: { http } });

const headersInDocument = (facts: CheckFacts): unknown =>
  (facts.document as { attributes?: { request?: { http?: { headers?: unknown } } } }).attributes?.request
    ?.http?.headers;

test('the facts are what the document says', () => {
  const facts = factsOf({
    source: { principal: 'spiffe://prod/edge' },
    destination: { principal: 'spiffe://prod/shop' },
    contextExtensions: { 'portcullis.policy_set': 'shop' },
    request: {
      time: { seconds: 1_700_000_000n, nanos: 5 },
      http: {
        method: 'POST',
        path: '/a?b',
        protocol: 'HTTP/2',
        headers: { host: 'shop' },
        body: 'x=1',
        rawBody: Uint8Array.of(1, 2),
        size: 3n,
      },
    },
  });
  const { document, rawBody, ...texts } = facts;
  assert.equal(
    JSON.stringify(texts),
    JSON.stringify({
      method: 'POST',
      path: '/a?b',
      principal: 'spiffe://prod/edge',
      headers: { host: 'shop' },
      body: 'x=1',
      contextExtensions: { 'portcullis.policy_set': 'shop' },
    }),
  );
  assert.deepEqual([...rawBody], [1, 2]);
  assert.equal(
    canonicalJson(document),
    canonicalJson({
      attributes: {
        source: { principal: 'spiffe://prod/edge' },
        destination: { principal: 'spiffe://prod/shop' },
        contextExtensions: { 'portcullis.policy_set': 'shop' },
        request: {
          time: { seconds: 1_700_000_000, nanos: 5 },
          http: {
            method: 'POST',
            path: '/a?b',
            protocol: 'HTTP/2',
            headers: { host: 'shop' },
            body: 'x=1',
            rawBody: 'AQI=',
            size: 3,
          },
        },
      },
    }),
  );
});

test('what is not there is empty, and the document does not have it', () => {
  for (const bytes of [[], delimited(1, []), delimited(1, delimited(4, delimited(2, [])))]) {
    const facts = readCheckRequest(Uint8Array.from(bytes), LIMITS);
    const { document, headers, contextExtensions, rawBody, ...texts } = facts;
    assert.deepEqual(Object.values(texts), ['', '', '', '']);
    assert.deepEqual([Object.keys(headers), Object.keys(contextExtensions), [...rawBody]], [[], [], []]);
    assert.equal(headersInDocument(facts), undefined);
    assert.ok(!canonicalJson(document).includes('headers'));
  }
});

test('the facts are those of the message, however it is encoded', () => {
  const property = fc.property(wireMessages(CheckRequestSchema), (bytes) => {
    const facts = readCheckRequest(bytes, LIMITS);
    const { attributes } = fromBinary(CheckRequestSchema, bytes);
    const http = attributes?.request?.http;
    assert.equal(facts.method, http?.method ?? '');
    assert.equal(facts.path, http?.path ?? '');
    assert.equal(facts.body, http?.body ?? '');
    assert.equal(facts.principal, attributes?.source?.principal ?? '');
    assert.deepEqual([...facts.rawBody], [...(http?.rawBody ?? [])]);
    assert.deepEqual({ ...facts.contextExtensions }, { ...attributes?.contextExtensions });
    if (Object.keys(http?.headers ?? {}).length > 0)
      assert.deepEqual({ ...facts.headers }, { ...http!.headers });
  });
  fc.assert(property, { numRuns: 200 });
});

test('no name reaches a prototype', () => {
  const named = (number: number): readonly number[] =>
    delimited(number, [...delimited(1, Buffer.from('__proto__')), ...delimited(2, Buffer.from('x'))]);
  const http = delimited(4, delimited(2, named(3)));
  const facts = readCheckRequest(Uint8Array.from(delimited(1, [...http, ...named(10)])), LIMITS);
  for (const map of [facts.headers, facts.contextExtensions]) {
    assert.equal(Object.getPrototypeOf(map), null);
    assert.deepEqual(Object.entries(map), [['__proto__', 'x']]);
  }
  assert.equal(facts.headers['constructor'], undefined);
  assert.equal(factsOf({}).headers['constructor'], undefined);
});

type RawHeader = readonly [key: string, value: string | readonly number[]];

/** As Envoy sends them under `encode_raw_headers`. */
const headerMap = (...headers: readonly RawHeader[]): NonNullable<Http['headerMap']> => ({
  headers: headers.map(([key, value]) => ({
    key,
    rawValue: typeof value === 'string' ? Buffer.from(value, 'utf8') : Uint8Array.from(value),
  })),
});

const RAW: readonly (readonly [name: string, headers: readonly RawHeader[], read: Record<string, string>])[] =
  [
    [
      'one by one',
      [
        ['a', '1'],
        ['b', ''],
      ],
      { a: '1', b: '' },
    ],
    [
      'duplicates joined in their order',
      [
        ['a', '1'],
        ['b', '2'],
        ['a', ''],
        ['a', '3'],
      ],
      { a: '1,,3', b: '2' },
    ],
    ['text beyond ASCII', [['a', 'é€😀']], { a: 'é€😀' }],
    ['a byte that is not UTF-8', [['a', [0x61, 0xff, 0x62]]], { a: 'a!b' }],
    ['each byte of a character cut short', [['a', [0xe2, 0x82, 0x61]]], { a: '!!a' }],
    ['each byte of a character cut at the end', [['a', [0xc3, 0xa9, 0xf0, 0x9f, 0x98]]], { a: 'é!!!' }],
    ['each byte of an overlong form', [['a', [0xc0, 0xaf]]], { a: '!!' }],
    ['each byte of a surrogate', [['a', [0xed, 0xa0, 0x80]]], { a: '!!!' }],
    ['the replacement character itself', [['a', '\ufffd']], { a: '\ufffd' }],
    ['bytes beyond the last lead', [['a', [0xf5, 0x80, 0x80, 0x80]]], { a: '!!!!' }],
    ['names of Object.prototype', [['constructor', 'x']], { constructor: 'x' }],
  ];

for (const [name, headers, expected] of RAW) {
  test(`headers from header_map: ${name}`, () => {
    const facts = factsOfHttp({ headerMap: headerMap(...headers) });
    assert.deepEqual({ ...facts.headers }, expected);
    assert.equal(headersInDocument(facts), facts.headers);
    assert.equal(Object.getPrototypeOf(facts.headers), null);
    const http = ((facts.document['attributes'] as JsonObject)['request'] as JsonObject)[
      'http'
    ] as JsonObject;
    assert.equal(((http['headerMap'] as JsonObject)['headers'] as JsonObject[]).length, headers.length);
  });
}

test('headers from header_map that are text', () => {
  const headers = [{ key: 'a', value: '1' }, { key: 'a', value: '2' }, { value: '3' }];
  assert.deepEqual({ ...factsOfHttp({ headerMap: { headers } }).headers }, { a: '1,2', '': '3' });
});

test('where both forms are there, `headers` is what counts', () => {
  const facts = factsOfHttp({ headers: { a: '1' }, headerMap: headerMap(['a', '2'], ['b', '3']) });
  assert.deepEqual({ ...facts.headers }, { a: '1' });
  assert.equal(headersInDocument(facts), facts.headers);
});

test('an empty header_map makes no headers', () => {
  const facts = factsOfHttp({ headerMap: {} });
  assert.deepEqual(Object.keys(facts.headers), []);
  assert.equal(headersInDocument(facts), undefined);
});

test('size and depth are limited', () => {
  const bytes = toBinary(
    CheckRequestSchema,
    create(CheckRequestSchema, { attributes: { request: { http: {} } } }),
  );
  const exact = { maxBytes: bytes.byteLength, maxDepth: 4 };
  assert.equal(readCheckRequest(bytes, exact).method, '');
  assert.throws(() => readCheckRequest(bytes, { ...exact, maxBytes: exact.maxBytes - 1 }), {
    code: 'json_too_large',
  });
  assert.throws(() => readCheckRequest(bytes, { ...exact, maxDepth: 3 }), { code: 'json_too_deep' });
});
