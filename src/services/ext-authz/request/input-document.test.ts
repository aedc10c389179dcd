import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { wireMessages } from '../../../../test/support/wire-messages.ts';
import type { AttributeContext_HttpRequestSchema } from '../../../gen/envoy/service/auth/v3/attribute_context_pb.ts';
import { CheckRequestSchema } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import type { JsonValue } from '../../../json/value.ts';
import { pathFacts } from '../path/path-facts.ts';
import { readCheckRequest } from './check-request.ts';
import { type BuiltInput, buildInput, type InputOptions, type InputPart } from './input-document.ts';

const OPTIONS: InputOptions = {
  limits: { maxBytes: 65_536, maxDepth: 32 },
  parseBody: true,
  grpc: undefined,
};

type Http = MessageInitShape<typeof AttributeContext_HttpRequestSchema>;

function built(bytes: Uint8Array, options: Partial<InputOptions> = {}): BuiltInput {
  const all = { ...OPTIONS, ...options };
  const facts = readCheckRequest(bytes, all.limits);
  return buildInput(facts, pathFacts(facts.path, facts.method), all);
}

const request = (http: Http, principal = ''): Uint8Array =>
  toBinary(
    CheckRequestSchema,
    create(CheckRequestSchema, { attributes: { source: { principal }, request: { http } } }),
  );

const text = ({ document }: BuiltInput): string => canonicalJson(document);

const JSON_BODY: Http = {
  method: 'POST',
  path: '/a%20b/c?x=1&x=2',
  headers: { 'content-type': 'application/json', 'content-length': '7' },
  body: '{"a":1}',
};

test('the whole document', () => {
  const input = built(request(JSON_BODY, 'spiffe://prod/edge'));
  assert.equal(input.failed.size, 0);
  assert.equal(
    text(input),
    canonicalJson({
      attributes: {
        source: { principal: 'spiffe://prod/edge' },
        request: { http: { ...(JSON_BODY as Record<string, JsonValue>) } },
      },
      version: { ext_authz: 'v3', encoding: 'protojson' },
      parsed_path: ['a b', 'c'],
      parsed_query: { x: ['1', '2'] },
      parsed_body: { a: 1 },
      truncated_body: false,
      source_principal: 'spiffe://prod/edge',
      path: {
        raw: '/a%20b/c',
        raw_segments: ['a%20b', 'c'],
        decoded_segments: ['a b', 'c'],
        normalized: '/a b/c',
        ambiguities: [],
      },
      body: { state: 'complete', received_bytes: 7, declared_bytes: 7, format: 'json' },
    }),
  );
});

test('an empty request has the parts that do not depend on it', () => {
  assert.equal(
    text(built(new Uint8Array(0))),
    canonicalJson({
      version: { ext_authz: 'v3', encoding: 'protojson' },
      parsed_path: [''],
      parsed_query: {},
      parsed_body: null,
      truncated_body: false,
      path: {
        raw: '',
        raw_segments: [],
        decoded_segments: [],
        normalized: '',
        ambiguities: ['not_absolute'],
      },
      body: { state: 'not_inspected', received_bytes: 0, format: null },
    }),
  );
});

test('without parsing of bodies there is neither body nor truncation, but what is known of the body', () => {
  const { document, failed } = built(request({ ...JSON_BODY, body: 'no JSON' }), { parseBody: false });
  assert.equal(failed.size, 0);
  assert.ok(!('parsed_body' in document));
  assert.ok(!('truncated_body' in document));
  assert.deepEqual(
    { ...(document['body'] as object) },
    {
      state: 'complete',
      received_bytes: 7,
      declared_bytes: 7,
      format: null,
    },
  );
});

const FAILING: readonly (readonly [name: string, http: Http, parts: readonly InputPart[]])[] = [
  ['a path that cannot be decoded', { ...JSON_BODY, path: '/%zz?x=1' }, ['parsed_path']],
  ['a query that cannot be decoded', { ...JSON_BODY, path: '/a?x=%zz' }, ['parsed_query']],
  ['a body that is no JSON', { ...JSON_BODY, body: '{"a":1,' }, ['parsed_body']],
  [
    'a content-length that is no number',
    { ...JSON_BODY, headers: { ...JSON_BODY.headers, 'content-length': 'seven' } },
    ['parsed_body'],
  ],
  [
    'all of them',
    { ...JSON_BODY, path: '/%zz?x=%zz', body: '{"a":1,' },
    ['parsed_path', 'parsed_query', 'parsed_body'],
  ],
];

for (const [name, http, parts] of FAILING) {
  test(`${name}: what failed is left out, with its reason, and nothing else`, () => {
    const whole = built(request({ ...JSON_BODY, path: '/a?x=1' }));
    const { document, failed } = built(request(http));
    assert.deepEqual([...failed.keys()], parts);
    for (const part of parts) assert.notEqual(failed.get(part)?.kind.grpc, 'INTERNAL');
    assert.deepEqual(
      Object.keys(document).sort(),
      Object.keys(whole.document)
        .filter((key) => !(parts as readonly string[]).includes(key))
        .sort(),
    );
  });
}

const TYPE = { 'content-type': 'application/json' };
const BODIES: readonly (readonly [name: string, http: Http, truncated: boolean, body: string])[] = [
  ['all there', { headers: { ...TYPE, 'content-length': '2' }, body: '[]' }, false, '[]'],
  ['all there, no length', { headers: TYPE, body: '[]' }, false, '[]'],
  ['less announced than there', { headers: { ...TYPE, 'content-length': '1' }, body: '[]' }, false, '[]'],
  ['cut by Envoy', { headers: { ...TYPE, 'x-envoy-auth-partial-body': 'true' }, body: '[]' }, true, 'null'],
  ['more announced than there', { headers: { ...TYPE, 'content-length': '3' }, body: '[]' }, true, 'null'],
  ['announced and not there', { headers: { ...TYPE, 'content-length': '3' } }, true, 'null'],
  ['announced and not there, of no type', { headers: { 'content-length': '3' } }, true, 'null'],
  ['announced as empty', { headers: { ...TYPE, 'content-length': '0' } }, false, 'null'],
  ['neither announced nor there', { headers: TYPE }, false, 'null'],
  ['of a type that is not read', { headers: { 'content-type': 'text/plain' }, body: 'x' }, false, 'null'],
  [
    'of a type that is not read, cut',
    { headers: { 'content-type': 'text/plain', 'content-length': '2' }, body: 'x' },
    true,
    'null',
  ],
  ['as bytes', { headers: TYPE, rawBody: Buffer.from('[1]') }, false, '[1]'],
  [
    'cut as bytes',
    { headers: { ...TYPE, 'content-length': '4' }, rawBody: Buffer.from('[1]') },
    true,
    'null',
  ],
];

for (const [name, http, truncated, body] of BODIES) {
  test(`a body ${name}`, () => {
    const { document, failed } = built(request(http));
    assert.equal(failed.size, 0);
    assert.equal(document['truncated_body'], truncated);
    assert.equal(canonicalJson(document['parsed_body']!), body);
  });
}

test('how a body was read is told with it', () => {
  const formatOf = (http: Http): unknown =>
    (built(request(http)).document['body'] as Record<string, unknown>)['format'];
  assert.equal(formatOf({ headers: TYPE, body: 'null' }), 'json');
  assert.equal(formatOf({ headers: { 'content-type': 'text/plain' }, body: 'null' }), null);
  assert.equal(formatOf({ headers: { ...TYPE, 'content-length': '9' }, body: 'null' }), null);
  // No null, which a policy could take for a type that is not read.
  assert.equal(formatOf({ headers: TYPE, body: '{' }), undefined);
});

test('headers of either form make the same parts', () => {
  const { headers = {}, ...rest } = JSON_BODY;
  const raw = Object.entries(headers).map(([key, value]) => ({ key, rawValue: Buffer.from(value, 'utf8') }));
  const { document } = built(request({ ...rest, headerMap: { headers: raw } }));
  assert.equal(canonicalJson(document['parsed_body']!), '{"a":1}');
  assert.equal(document['truncated_body'], false);
});

const paths = fc.array(fc.constantFrom('/', '%', '2', 'f', '?', '&', '=', ';', '.', '+', 'é', '\0'), {
  maxLength: 8,
});
const bodies = fc.record({
  path: paths.map((parts) => parts.join('')),
  body: fc.string({ maxLength: 8 }),
  headers: fc.record(
    {
      'content-type': fc.constantFrom(
        'application/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=b',
        'application/grpc',
        'multipart/form-data;',
      ),
      'content-length': fc.constantFrom('0', '4', '-1', '9223372036854775808', 'x'),
      'x-envoy-auth-partial-body': fc.constantFrom('true', 'false'),
    },
    { requiredKeys: [] },
  ),
});

test('no request makes it throw: every part is there or has its reason', () => {
  const PARTS: readonly InputPart[] = ['parsed_path', 'parsed_query', 'parsed_body'];
  const check = (bytes: Uint8Array): void => {
    const { document, failed } = built(bytes);
    canonicalJson(document);
    for (const part of PARTS) assert.equal(part in document, !failed.has(part), part);
    for (const error of failed.values()) assert.notEqual(error.code, 'internal', error.message);
    if (document['truncated_body'] === true)
      assert.ok(failed.has('parsed_body') || document['parsed_body'] === null);
  };
  fc.assert(
    fc.property(bodies, (http) => check(request(http))),
    { numRuns: 500 },
  );
  fc.assert(fc.property(wireMessages(CheckRequestSchema), check));
});
