import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { CheckRequestSchema } from '../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonObject } from '../../json/value.ts';
import { FULL } from '../../policy/plan/footprint.ts';
import type { Projector } from '../../policy/projection/projection.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../../policy/projection/projector.ts';
import { DecodedView } from './decoded-view.ts';
import { pathFacts } from './path/path-facts.ts';
import { readCheckRequest } from './request/check-request.ts';

const OPTIONS = { limits: { maxBytes: 65_536, maxDepth: 32 }, parseBody: true, grpc: undefined };

function viewOf(path: string, contentType: string, body: string): DecodedView {
  const http = { method: 'POST', path, headers: { 'content-type': contentType }, body };
  const message = create(CheckRequestSchema, {
    attributes: { source: { principal: 'spiffe://prod/a' }, request: { http } },
  });
  const bytes = toBinary(CheckRequestSchema, message);
  const facts = readCheckRequest(bytes, OPTIONS.limits);
  return new DecodedView(facts, pathFacts(facts.path, facts.method), OPTIONS, bytes.byteLength);
}

const KEYS = [
  'attributes',
  'version',
  'parsed_path',
  'parsed_query',
  'parsed_body',
  'truncated_body',
  'source_principal',
  'path',
  'body',
];

/** Of a policy that reads these parts as a whole. */
const readingOf = (keys: readonly string[]): Projector =>
  compileProjector({ reads: 0, children: new Map(keys.map((key) => [key, { reads: FULL }])) });

const projected = (view: DecodedView, keys: readonly string[]): JsonObject =>
  parseJson(view.project(readingOf(keys)).json!) as JsonObject;

test('what a policy can read is there as in the whole document, and fails where it cannot be built', () => {
  const paths = fc.constantFrom('/', '/a/b?x=1', '/a?x=%zz', '/%zz');
  const types = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain');
  const bodies = fc.constantFrom('', '{"a":1}', '{', 'a=1', 'a=%zz');
  fc.assert(
    fc.property(paths, types, bodies, fc.subarray(KEYS, { minLength: 1 }), (path, type, body, keys) => {
      const view = viewOf(path, type, body);
      const whole = view.document() as JsonObject;
      const broken = ['parsed_path', 'parsed_query', 'parsed_body'].filter((key) => !(key in whole));
      assert.equal(view.extent, broken.length === 0 ? 'whole' : 'parts');
      const read = broken.filter((key) => keys.includes(key));
      if (read.length > 0) {
        assert.throws(() => view.project(readingOf(keys)), { name: 'PortcullisError' });
        return;
      }
      const part = projected(view, keys);
      const only = (document: JsonObject): JsonObject =>
        Object.fromEntries(keys.filter((key) => key in document).map((key) => [key, document[key]!]));
      assert.equal(canonicalJson(only(part)), canonicalJson(only(whole)));
      assert.ok(Object.keys(part).every((key) => key in whole));
    }),
  );
});

test('what nobody reads is left out', () => {
  const view = viewOf('/a/b', 'application/json', '{"a":1}');
  assert.deepEqual(Object.keys(projected(view, ['parsed_path'])), ['parsed_path']);
  const { json } = view.project(WHOLE_PROJECTOR);
  assert.deepEqual(Object.keys(parseJson(json!) as JsonObject).sort(), KEYS.toSorted());
});

test('what was parsed for the decision is not parsed again for its log', () => {
  const view = viewOf('/a/b', 'application/json', '{"a":1}');
  view.project(readingOf(['parsed_body']));
  const [first, second] = [view.document() as JsonObject, view.document() as JsonObject];
  assert.deepEqual(JSON.stringify(first['parsed_body']), '{"a":1}');
  for (const part of ['parsed_path', 'parsed_query', 'parsed_body'])
    assert.equal(first[part], second[part], part);
});
