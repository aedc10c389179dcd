import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../../../errors.ts';
import { parseJson } from '../../../json/parse.ts';
import type { JsonObject } from '../../../json/value.ts';
import { type Obligations, readObligations } from './obligations.ts';

const read = (json: string, allowed: boolean): Obligations =>
  readObligations(parseJson(json) as JsonObject, allowed);
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

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
    '{"response_headers_to_add": {"x-a": ["", {"value": "s3cr3t", "action": "add_if_absent"}]}}',
    'allow',
    'The policy\'s response_headers_to_add["x-a"][1] sets a header a second time',
  ],
  [
    '{"response_headers_to_add": [{"x-a": []}, {"x-a": {"value": "s3cr3t", "action": "overwrite_if_exists"}}]}',
    'allow',
    'The policy\'s response_headers_to_add[1]["x-a"] sets a header a second time',
  ],
  [
    '{"headers": {"cookie": {"value": "s3cr3t", "action": "append"}}}',
    'allow',
    'The policy\'s headers["cookie"] adds to the cookies of the request',
  ],
  [
    `{"headers": {"x-a": "s3cr3t${'a'.repeat(61_440)}"}}`,
    'both',
    'The policy\'s headers["x-a"] is beyond the 61440 bytes',
  ],
  [
    `{"response_headers_to_add": {"x-a": ["s3cr3t", ${`"${'é'.repeat(10_000)}",`.repeat(3)}"${'a'.repeat(1_440)}"]}}`,
    'allow',
    'The policy\'s response_headers_to_add["x-a"][4] is beyond the 61440 bytes',
  ],
  [
    '{"headers": {"content_length": "s3cr3t"}}',
    'both',
    'The policy\'s headers["content_length"] names a header that frames',
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

test('a header of the request that was emptied takes no condition', () => {
  for (const action of ['add_if_absent', 'overwrite_if_exists']) {
    for (const value of ['a', '']) {
      const headers = {
        'x-a': [
          { value: '', action: 'overwrite' },
          { value, action },
        ],
      };
      assert.throws(
        () => readObligations({ headers }, true),
        /headers\["x-a"\]\[1\] sets a header a second time/,
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
