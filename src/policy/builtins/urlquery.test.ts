import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { uriBuiltins } from './uri.ts';
import { urlqueryBuiltins } from './urlquery.ts';

const builtins = new Map<string, Builtin>(
  [...urlqueryBuiltins, ...uriBuiltins].map((builtin) => [builtin.name, builtin]),
);
const call = (name: string, value: RegoValue): RegoValue | undefined =>
  builtins.get(name)!.call(undefined as never, value);

const object = (members: Record<string, RegoValue>): RegoValue => new Map(Object.entries(members));

test('query strings', () => {
  assert.equal(call('urlquery.encode', 'a=b+é /~'), 'a%3Db%2B%C3%A9+%2F~');
  assert.equal(call('urlquery.decode', 'a%3db+%2B%c3%a9'), 'a=b +é');
  assert.deepEqual(
    call('urlquery.decode_object', 'a=1&b&a=2&&=x'),
    object({ a: ['1', '2'], b: [''], '': ['x'] }),
  );
  const sets = object({ b: 'x y', a: new Set<RegoValue>(['2', '1']), none: [] });
  assert.equal(call('urlquery.encode_object', sets), 'a=1&a=2&b=x+y');
  const keys = new Map<RegoValue, RegoValue>([
    [1, 'a'],
    [['<'], 'b'],
  ]);
  assert.equal(call('urlquery.encode_object', keys), '1=a&%5B%22%5Cu003c%22%5D=b');
});

test('a key named __proto__ is a key', () => {
  assert.deepEqual(call('urlquery.decode_object', '__proto__=1'), new Map([['__proto__', ['1']]]));
  assert.deepEqual(call('uri.parse', '//h?__proto__=1'), object({ hostname: 'h', raw_query: '__proto__=1' }));
});

test('bytes that are no UTF-8 are refused: different ones must not become equal', () => {
  const refused: [name: string, value: string][] = [
    ['urlquery.decode', '%ff'],
    ['urlquery.decode', '%c3'],
    ['urlquery.decode_object', 'u%ff=1&u%fe=2'],
    ['urlquery.decode_object', 'u=%fe'],
    ['uri.parse', 'http://h/%ff'],
    ['uri.parse', 'http://%ff/'],
    ['uri.parse', '/#%ff'],
  ];
  const error = new BuiltinError('the bytes are not text in UTF-8');
  for (const [name, value] of refused) assert.throws(() => call(name, value), error, `${name} ${value}`);
  assert.equal(call('urlquery.decode', '%EF%BF%BD%EF%BB%BF'), '\ufffd\ufeff');
  assert.deepEqual(call('uri.parse', '/?%ff'), object({ path: '/', raw_path: '/', raw_query: '%ff' }));
  // It is valid all the same, as in OPA, and what follows is still checked.
  assert.equal(call('uri.is_valid', 'http://%ff/%ff#%ff'), true);
  assert.equal(call('uri.is_valid', 'http://%ff/%f'), false);
});

test('what net/url refuses', () => {
  const table: readonly (readonly [name: string, value: RegoValue, message: string])[] = [
    ['urlquery.decode', '%2', 'invalid URL escape "%2"'],
    ['urlquery.decode_object', 'a;b', 'invalid semicolon separator in query'],
    ['urlquery.decode_object', '&'.repeat(10_000), 'number of URL query parameters exceeded limit'],
    [
      'urlquery.encode_object',
      object({ a: 1 }),
      'operand 1 values must be string, array[string], or set[string]',
    ],
    ['uri.parse', 'http://exa%6dple.com/', 'parse "http://exa%6dple.com/": invalid URL escape "%6d"'],
    ['uri.parse', 'http://a<b@example.com/', 'parse "http://a<b@example.com/": net/url: invalid userinfo'],
    ['uri.parse', 'http://example.com:٣٤/', 'parse "http://example.com:٣٤/": invalid port ":٣٤" after host'],
    ['uri.parse', ':a', 'parse ":a": missing protocol scheme'],
  ];
  for (const [name, value, message] of table) {
    assert.throws(() => call(name, value), new BuiltinError(message), name);
  }
});

test('uris', () => {
  assert.deepEqual(
    call('uri.parse', 'HTTPS://u:p@[::1]:8080/a%2Fb?q=1#top'),
    object({
      scheme: 'https',
      hostname: '::1',
      port: '8080',
      path: '/a/b',
      raw_path: '/a%2Fb',
      raw_query: 'q=1',
      fragment: 'top',
    }),
  );
  const valid: RegoValue[] = [
    'http://foo]bar/',
    'mailto:x',
    '/a',
    'http://[invalid',
    '',
    'http://[1.2.3.4]/',
    1,
  ];
  assert.deepEqual(
    valid.map((uri) => call('uri.is_valid', uri)),
    [true, true, true, false, false, false, false],
  );
});
