import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../../json/parse.ts';
import type { JsonObject } from '../../../json/value.ts';
import { NO_OBLIGATIONS, type Obligations, readObligations } from './obligations.ts';

const object = (json: string): JsonObject => parseJson(json) as JsonObject;
const read = (json: string, allowed: boolean): Obligations => readObligations(object(json), allowed);

/** As `name=value (action)`, the shape that the tables are readable in. */
const shown = (headers: Obligations['headers']): string[] =>
  headers.list.map(({ name, value, action }) => `${name}=${value} (${action})`);

const HEADERS: readonly (readonly [json: string, request: readonly string[], denial: readonly string[]])[] = [
  ['{}', [], []],
  ['[]', [], []],
  ['{"x-a": "1"}', ['x-a=1 (overwrite)'], ['x-a=1 (overwrite)']],
  ['{"X-A": " 1\\t"}', ['x-a=1 (overwrite)'], ['x-a=1 (overwrite)']],
  [
    '{"x-a": ["1", "2", "3"]}',
    ['x-a=1 (overwrite)', 'x-a=2 (append)', 'x-a=3 (append)'],
    ['x-a=1 (overwrite)', 'x-a=2 (append)', 'x-a=3 (append)'],
  ],
  ['{"x-a": []}', [], []],
  [
    '[{"x-a": "1"}, {"x-b": "2", "X-A": "3"}]',
    ['x-a=1 (overwrite)', 'x-b=2 (overwrite)', 'x-a=3 (append)'],
    ['x-a=1 (overwrite)', 'x-b=2 (overwrite)', 'x-a=3 (append)'],
  ],
  ['{"x-a": ["", "1", "  "]}', ['x-a=1 (overwrite)'], ['x-a=1 (overwrite)']],
  [
    '{"x-a": ["", {"value": "1", "action": "append"}, "2"]}',
    ['x-a=1 (overwrite)', 'x-a=2 (append)'],
    ['x-a=1 (overwrite)', 'x-a=2 (append)'],
  ],
  [
    '[{"x-a": []}, {"X-A": {"value": "1", "action": "append"}}]',
    ['x-a=1 (overwrite)'],
    ['x-a=1 (overwrite)'],
  ],
  [
    '{"x-a": [{"value": "", "action": "overwrite"}, {"value": "1", "action": "overwrite"}]}',
    ['x-a=1 (overwrite)'],
    ['x-a=1 (overwrite)'],
  ],
  [
    '{"x-a": [{"value": "", "action": "append"}, {"value": "1", "action": "append"}]}',
    ['x-a=1 (append)'],
    ['x-a=1 (append)'],
  ],
  [
    '{"cookie": ["a=1", "b=2"]}',
    ['cookie=a=1; b=2 (overwrite)'],
    ['cookie=a=1 (overwrite)', 'cookie=b=2 (append)'],
  ],
  [
    '[{"Cookie": "a=1"}, {"x-a": "1", "cookie": {"value": "b=2", "action": "append"}}]',
    ['cookie=a=1; b=2 (overwrite)', 'x-a=1 (overwrite)'],
    ['cookie=a=1 (overwrite)', 'x-a=1 (overwrite)', 'cookie=b=2 (append)'],
  ],
  [
    '{"set-cookie": ["a=1", "b=2"]}',
    ['set-cookie=a=1 (overwrite)', 'set-cookie=b=2 (append)'],
    ['set-cookie=a=1 (append)', 'set-cookie=b=2 (append)'],
  ],
  ['{"x-a": {"value": "1"}}', ['x-a=1 (overwrite)'], ['x-a=1 (overwrite)']],
  ['{"x-a": {"value": "1", "action": "append"}}', ['x-a=1 (append)'], ['x-a=1 (append)']],
  [
    '{"x-a": ["1", {"value": "2", "action": "append"}]}',
    ['x-a=1 (overwrite)', 'x-a=2 (append)'],
    ['x-a=1 (overwrite)', 'x-a=2 (append)'],
  ],
  ['{"__proto__": "1"}', ['__proto__=1 (overwrite)'], ['__proto__=1 (overwrite)']],
];

test('headers of an allowed request and of a denial', () => {
  for (const [json, request, denial] of HEADERS) {
    assert.deepEqual(shown(read(`{"headers": ${json}}`, true).headers), request, json);
    assert.deepEqual(shown(read(`{"headers": ${json}}`, false).headers), denial, json);
  }
});

test("headers for the upstream's response: what overwrites holds all values, cookies are added", () => {
  const table: readonly (readonly [json: string, expected: readonly string[]])[] = [
    ['{"x-a": ["1", "2"]}', ['x-a=1, 2 (overwrite)']],
    ['[{"x-a": "1"}, {"x-b": "2"}, {"x-a": "3"}]', ['x-a=1, 3 (overwrite)', 'x-b=2 (overwrite)']],
    ['{"Set-Cookie": ["a=1", "b=2"]}', ['set-cookie=a=1 (append)', 'set-cookie=b=2 (append)']],
    ['{"x-a": {"value": "1", "action": "add_if_absent"}}', ['x-a=1 (add_if_absent)']],
    ['{"x-a": {"value": "1", "action": "overwrite_if_exists"}}', ['x-a=1 (overwrite_if_exists)']],
    ['{"x-a": ""}', []],
    ['{"x-a": ["", {"value": "1", "action": "append"}]}', ['x-a=1 (overwrite)']],
    ['{"set-cookie": ["", "a=1"]}', ['set-cookie=a=1 (append)']],
    ['[{"set-cookie": []}, {"set-cookie": "a=1"}]', ['set-cookie=a=1 (append)']],
  ];
  for (const [json, expected] of table) {
    assert.deepEqual(
      shown(read(`{"response_headers_to_add": ${json}}`, true).responseHeaders),
      expected,
      json,
    );
  }
});

test('a request header whose values are all empty is removed', () => {
  const table: readonly (readonly [json: string, removed: readonly string[]])[] = [
    ['{"headers": {"X-A": ""}}', ['x-a']],
    ['{"headers": {"x-a": ["", " "]}}', ['x-a']],
    ['{"headers": {"x-a": ["", "1"]}}', []],
    ['{"headers": {"x-user": "alice", "x-roles": []}}', ['x-roles']],
    ['{"headers": [{"x-a": []}, {"X-A": []}]}', ['x-a']],
    ['{"headers": [{"x-a": []}, {"x-a": "1"}]}', []],
    ['{"headers": [{"x-a": "1"}, {"x-a": []}]}', []],
    ['{"headers": [{"x-a": {"value": "1", "action": "append"}}, {"x-a": ""}]}', []],
    ['{"headers": [{"x-a": ""}, {"x-a": "1"}]}', []],
    ['{"headers": {"x-a": {"value": "", "action": "overwrite_if_exists"}}}', ['x-a']],
    ['{"headers": {"x-a": {"value": "", "action": "append"}}}', []],
    ['{"headers": {"x-a": {"value": "", "action": "add_if_absent"}}}', []],
    ['{"headers": {"x-a": ""}, "request_headers_to_remove": ["x-B", "x-a", "x-b"]}', ['x-b', 'x-a']],
  ];
  for (const [json, removed] of table) assert.deepEqual(read(json, true).headersToRemove, removed, json);
});

test('the rest of what an allowed request may be given', () => {
  const read1 = read(
    '{"query_parameters_to_set": {"a": "1", "b[]": ["x/y?", "%C3%A9", ""]}, "query_parameters_to_remove": ["c d"], "dynamic_metadata": {"n": 1.0}, "body": 1, "http_status": "x", "unknown": null}',
    true,
  );
  assert.deepEqual(read1.queryToSet, [
    ['a', '1'],
    ['b[]', 'x/y?'],
    ['b[]', '%C3%A9'],
    ['b[]', ''],
  ]);
  assert.deepEqual(read1.queryToRemove, ['c d']);
  assert.equal(JSON.stringify(read1.metadata), '{"n":1.0}');
});

test('the rest of what a denial may carry', () => {
  assert.deepEqual(read('{}', false), NO_OBLIGATIONS);
  assert.equal(readObligations(undefined, false), NO_OBLIGATIONS);
  const { body, httpStatus, metadata } = read(
    '{"body": "no\\n", "http_status": 429, "dynamic_metadata": {}, "request_headers_to_remove": 1, "query_parameters_to_set": 1, "response_headers_to_add": 1}',
    false,
  );
  assert.deepEqual([body, httpStatus, { ...metadata }], ['no\n', 429, {}]);
});

test('statuses that Envoy and Go both know and that end a response', () => {
  for (const status of [200, 204, 226, 302, 308, 401, 403, 421, 431, 500, 511]) {
    assert.equal(read(`{"http_status": ${status}}`, false).httpStatus, status);
  }
});

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

test('metadata as deep as Envoy reads it', () => {
  assert.ok(read(`{"dynamic_metadata": ${nested(32)}}`, true).metadata !== undefined);
});

test('one object is read once for each answer', () => {
  const obligations = object('{"headers": {"x-envoy-internal": "1"}}');
  assert.equal(readObligations(obligations, false), readObligations(obligations, false));
  for (let times = 0; times < 2; times++) {
    assert.throws(() => readObligations(obligations, true), { code: 'obligations_invalid' });
  }
});
