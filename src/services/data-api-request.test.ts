import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpRequest } from '../../test/support/services.ts';
import type { ErrorCode } from '../errors.ts';
import type { JsonValue } from '../json/value.ts';
import { entrypointOf, inputOfGet, inputOfPost, optionsOf, wantsNoCache } from './data-api-request.ts';

const LIMITS = { maxBytes: 100_000, maxDepth: 32 };

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly query?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

function inputOf({ method = 'POST', query = '', ...rest }: Asked): JsonValue | undefined {
  const read = method === 'GET' ? inputOfGet : inputOfPost;
  return read(httpRequest(`/v1/data/a${query}`, { method, rest: 'a', ...rest }), LIMITS);
}

const BAD_INPUTS: readonly (readonly [name: string, asked: Asked, code: ErrorCode])[] = [
  ['POST of an array', { body: '[1]' }, 'invalid_request'],
  ['POST of a number', { body: '1.0' }, 'invalid_request'],
  ['POST of half a document', { body: '{"input":1' }, 'json_invalid'],
  ['POST with more after the document', { body: '{"input":1} {}' }, 'json_invalid'],
  ['POST with two inputs', { body: '{"input":1,"input":2}' }, 'json_duplicate_key'],
  ['POST with an escaped second input', { body: '{"input":1,"\\u0069nput":2}' }, 'json_duplicate_key'],
  ['POST with a key twice', { body: '{"input":{"a":1,"a":2}}' }, 'json_duplicate_key'],
  ['POST that is not UTF-8', { body: Uint8Array.from([0x22, 0xff, 0x22]) }, 'json_invalid'],
  ['POST too deep', { body: `{"input":${'['.repeat(33)}${']'.repeat(33)}}` }, 'json_too_deep'],
  ['POST too large', { body: `{"input":"${'x'.repeat(100_000)}"}` }, 'json_too_large'],
  [
    'POST of YAML',
    { body: 'input: 1', headers: { 'content-type': 'application/x-YAML' } },
    'invalid_request',
  ],
  ['POST compressed', { body: '{}', headers: { 'content-encoding': 'gzip' } }, 'invalid_request'],
  ['GET with empty input', { method: 'GET', query: '?input=' }, 'json_invalid'],
  ['GET with broken input', { method: 'GET', query: '?input=%7B' }, 'json_invalid'],
  ['GET that is not UTF-8', { method: 'GET', query: '?input=%22%FF%22' }, 'json_invalid'],
];

for (const [name, asked, code] of BAD_INPUTS) {
  test(`input refused: ${name}`, () => {
    assert.throws(() => inputOf(asked), { code });
  });
}

test('an input of the greatest depth allowed is let in', () => {
  assert.ok(Array.isArray(inputOf({ body: `{"input":${'['.repeat(32)}${']'.repeat(32)}}` })));
});

const PATHS: readonly (readonly [path: string, entrypoint: string])[] = [
  ['allow', 'allow'],
  ['shop/authz/allow', 'shop/authz/allow'],
  ['sh%6Fp/allow', 'shop/allow'],
  ['shop/%C3%A9', 'shop/é'],
  ['a%2525', 'a%25'],
  ['a+b', 'a+b'],
  ['...', '...'],
];

test('the path names the entrypoint, each segment decoded once', () => {
  for (const [path, expected] of PATHS) assert.equal(entrypointOf(path), expected, path);
});

const BAD_PATHS = [
  'a/',
  '/a',
  'a//b',
  'a/../b',
  '..',
  '.',
  'a/.',
  'a/%2e%2e/b',
  '%2E',
  'a%2fb',
  'a%2Fb',
  'a%5cb',
  'a\\b',
  'a%00',
  'a%0d%0ab',
  'a%22',
  'a%7f',
  'a%',
  'a%zz',
  'a%ff',
  'a%c0%af',
  'a%ed%a0%80',
];

test('paths that readers differ on are refused', () => {
  for (const path of BAD_PATHS) assert.throws(() => entrypointOf(path), { code: 'invalid_request' }, path);
});

test('parameters that would change the answer are refused, not ignored', () => {
  const options = (query: string) => optionsOf(new URLSearchParams(query));
  for (const query of [
    'strict-builtin-errors',
    'strict-builtin-errors=true',
    'explain=full',
    'rule_labels',
  ]) {
    assert.throws(() => options(query), { code: 'invalid_request' }, query);
  }
  const plain = { pretty: false, provenance: false, metrics: false };
  for (const query of ['strict-builtin-errors=false', 'explain=off', 'unknown=1', 'pretty=0']) {
    assert.deepEqual(options(query), plain, query);
  }
  assert.deepEqual(options('instrument&pretty=TRUE'), { ...plain, metrics: true, pretty: true });
});

test('a caller may want an answer that no cache gives', () => {
  const table: [string | undefined, boolean][] = [
    [undefined, false],
    ['', false],
    ['no-cache', true],
    ['No-Cache', true],
    ['no-store', true],
    ['max-age=0', true],
    ['max-age=60', false],
    ['max-stale=60, no-cache ,x', true],
    ['no-transform, only-if-cached', false],
    ['x-no-cache', false],
    ['max-age="0"', true],
    // Commas and words within quotes belong to an extension's value (RFC 9110, 5.6.4).
    ['x="a,no-cache,b"', false],
    ['x="a\\",no-cache,", max-age=60', false],
    ['x="a,b", no-cache', true],
    ['x="a\\\\", no-cache', true],
  ];
  for (const [header, wanted] of table) assert.equal(wantsNoCache(header), wanted, String(header));
});
