import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonObject } from '../../json/value.ts';
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

const SECRET = 's3cr3t';
/** `both`: an allow and a denial. */
const INVALID: readonly (readonly [json: string, when: 'allow' | 'denial' | 'both', message: string])[] = [
  ['{"headers": null}', 'both', "The policy's headers is neither"],
  ['{"headers": "s3cr3t"}', 'both', "The policy's headers is neither"],
  ['{"headers": 1.0}', 'both', "The policy's headers is neither"],
  ['{"headers": ["s3cr3t"]}', 'both', "The policy's headers[0] is not an object"],
  ['{"headers": [{}, [{"a": "s3cr3t"}]]}', 'both', "The policy's headers[1] is not an object"],
  ['{"headers": {"x-user": 1}}', 'both', 'The policy\'s headers["x-user"] is not a string'],
  ['{"headers": {"x-user": null}}', 'both', 'The policy\'s headers["x-user"] is not a string'],
  ['{"headers": {"x-user": ["a", 1.0]}}', 'both', 'The policy\'s headers["x-user"][1] is not a string'],
  [
    '{"headers": {"x-user": ["a", ["s3cr3t"]]}}',
    'both',
    'The policy\'s headers["x-user"][1] is not a string',
  ],
  [
    '{"headers": [{"x-user": ["a", "s3cr3t\\r\\n"]}]}',
    'both',
    'The policy\'s headers[0]["x-user"][1] holds a control character',
  ],
  [
    '{"headers": {"x-user": "s3cr3t\\u0000"}}',
    'both',
    'The policy\'s headers["x-user"] holds a control character',
  ],
  ['{"headers": {":path": "s3cr3t"}}', 'both', 'The policy\'s headers[":path"] names a pseudo-header'],
  ['{"headers": {"Host": ""}}', 'both', 'The policy\'s headers["Host"] names a header that frames'],
  ['{"headers": {"x y": []}}', 'both', 'The policy\'s headers["x y"] is not the name of a header'],
  ['{"headers": {"": "s3cr3t"}}', 'both', 'The policy\'s headers[""] is not the name of a header'],
  [
    '{"headers": {"x-envoy-internal": "s3cr3t"}}',
    'allow',
    'The policy\'s headers["x-envoy-internal"] names a header by which Envoy',
  ],
  ['{"headers": {"x-a": {"action": "append"}}}', 'both', 'The policy\'s headers["x-a"] is not a string'],
  [
    '{"headers": {"x-a": {"value": "s3cr3t", "action": "replace"}}}',
    'both',
    'The policy\'s headers["x-a"]["action"] is none of overwrite, append',
  ],
  [
    '{"headers": {"x-a": {"value": "s3cr3t", "action": null}}}',
    'both',
    'The policy\'s headers["x-a"]["action"] is none of',
  ],
  [
    '{"headers": {"x-a": ["1", {"value": "s3cr3t", "action": "overwrite"}]}}',
    'both',
    'The policy\'s headers["x-a"][1] sets a header a second time',
  ],
  [
    '{"response_headers_to_add": {"x-a": [{"value": "1", "action": "add_if_absent"}, "s3cr3t"]}}',
    'allow',
    'The policy\'s response_headers_to_add["x-a"][1] sets a header a second time',
  ],
  [
    '{"headers": {"x-a": {"value": "s3cr3t", "action": "add_if_absent"}}}',
    'denial',
    'The policy\'s headers["x-a"] has an action that Envoy does not carry out in a denial',
  ],
  [
    '{"response_headers_to_add": {"content-length": "1"}}',
    'allow',
    'The policy\'s response_headers_to_add["content-length"] names',
  ],
  [
    '{"response_headers_to_add": {"x-a": "s3cr3t\\n"}}',
    'allow',
    'The policy\'s response_headers_to_add["x-a"] holds',
  ],
  [
    '{"request_headers_to_remove": "s3cr3t"}',
    'allow',
    "The policy's request_headers_to_remove is not a list",
  ],
  [
    '{"request_headers_to_remove": ["a", 1]}',
    'allow',
    "The policy's request_headers_to_remove[1] is not a string",
  ],
  [
    '{"request_headers_to_remove": [":path"]}',
    'allow',
    "The policy's request_headers_to_remove[0] names a pseudo-header",
  ],
  [
    '{"request_headers_to_remove": ["HOST"]}',
    'allow',
    "The policy's request_headers_to_remove[0] names a header that frames",
  ],
  [
    '{"query_parameters_to_set": ["s3cr3t"]}',
    'allow',
    "The policy's query_parameters_to_set is not an object",
  ],
  [
    '{"query_parameters_to_set": {"a": 1}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is not a string',
  ],
  [
    '{"query_parameters_to_set": {"a": ["1", null]}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"][1] is not a string',
  ],
  [
    '{"query_parameters_to_set": {"a": "s3cr3t&b=1"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a": "s3cr3t b"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a": "s3cr3t#b"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a": "s3cr3t;b"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a": "%s3cr3t"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a": "é"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a": "\\r\\n"}}',
    'allow',
    'The policy\'s query_parameters_to_set["a"] is no value',
  ],
  [
    '{"query_parameters_to_set": {"a=b": []}}',
    'allow',
    'The policy\'s query_parameters_to_set["a=b"] is no name',
  ],
  [
    '{"query_parameters_to_set": {"": "s3cr3t"}}',
    'allow',
    'The policy\'s query_parameters_to_set[""] is no name',
  ],
  [
    '{"query_parameters_to_remove": {"a": "b"}}',
    'allow',
    "The policy's query_parameters_to_remove is not a list",
  ],
  [
    '{"query_parameters_to_remove": [["a"]]}',
    'allow',
    "The policy's query_parameters_to_remove[0] is not a string",
  ],
  ['{"dynamic_metadata": null}', 'both', "The policy's dynamic_metadata is not an object"],
  ['{"dynamic_metadata": ["s3cr3t"]}', 'both', "The policy's dynamic_metadata is not an object"],
  [`{"dynamic_metadata": ${nested(33)}}`, 'both', "The policy's dynamic_metadata is deeper than 32 levels"],
  ['{"body": {"s3cr3t": 1}}', 'denial', "The policy's body is not a string"],
  ['{"body": null}', 'denial', "The policy's body is not a string"],
  ['{"http_status": "403"}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": null}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 403.0}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 403.5}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 0}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 100}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 101}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 418}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 451}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 700}', 'denial', "The policy's http_status is not a final HTTP status"],
  ['{"http_status": 204, "body": "s3cr3t"}', 'denial', "The policy's body cannot go with http_status 204"],
];

test('what cannot be carried out is refused, by its place and never by its value', () => {
  for (const [json, when, message] of INVALID) {
    for (const allowed of [true, false]) {
      if (when !== 'both' && (when === 'allow') !== allowed) {
        assert.ok(read(json, allowed), `${json} does not matter there`);
        continue;
      }
      assert.throws(
        () => read(json, allowed),
        (thrown) => {
          assert.ok(thrown instanceof PortcullisError);
          assert.equal(thrown.code, 'obligations_invalid');
          assert.equal(thrown.message.slice(0, message.length), message);
          return !thrown.message.includes(SECRET);
        },
        json,
      );
    }
  }
});

test('a name in a message is cut', () => {
  const name = ' '.repeat(5_000);
  assert.throws(
    () => readObligations({ headers: { [name]: 'v' } }, true),
    (thrown: Error) => thrown.message.length < 300,
  );
});

test('one object is read once for each answer', () => {
  const obligations = object('{"headers": {"x-envoy-internal": "1"}}');
  assert.equal(readObligations(obligations, false), readObligations(obligations, false));
  for (let times = 0; times < 2; times++) {
    assert.throws(() => readObligations(obligations, true), { code: 'obligations_invalid' });
  }
});
