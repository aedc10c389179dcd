import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PortcullisError } from '../../../errors.ts';
import { parsedPath, parsedQuery } from './parsed-path.ts';

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof PortcullisError);
    assert.equal(error.code, 'invalid_request');
    return undefined;
  }
}

// Each row is what opa-envoy-plugin v1.15.2 answers; undefined where it refuses.
describe('parsedPath', () => {
  const rows: [path: string, expected: string[] | undefined][] = [
    ['/', ['']],
    ['', ['']],
    ['/a/b', ['a', 'b']],
    ['a/b', ['a', 'b']],
    ['//a', ['a']],
    ['///', ['']],
    ['/a//b', ['a', '', 'b']],
    ['/a/', ['a', '']],
    ['/a%2fb', ['a', 'b']],
    ['/%2F%2fa', ['a']],
    ['/a/%2e%2e/b', ['a', '..', 'b']],
    ['/a/../b', ['a', '..', 'b']],
    ['/a+b', ['a+b']],
    ['/a%20b', ['a b']],
    ['/%e2%82%ac', ['\u20ac']],
    ['/%ff', ['\ufffd']],
    ['/%e2%82', ['\ufffd\ufffd']],
    ['/%f0%9f%98x', ['\ufffd\ufffd\ufffdx']],
    ['/%ed%a0%80', ['\ufffd\ufffd\ufffd']],
    ['/%c0%af', ['\ufffd\ufffd']],
    ['/caf\u00e9', ['caf\u00e9']],
    ['/caf\u00e9%20%ff', ['caf\u00e9 \ufffd']],
    ['/%', undefined],
    ['/%2', undefined],
    ['/%zz', undefined],
    ['/%u0041', undefined],
    ['/a?b', ['a']],
    ['/a?%', ['a']],
    ['/a%3fb?c', ['a?b']],
    ['?', ['']],
    ['/a#b', ['a#b']],
    ['/a;b=c', ['a;b=c']],
    ['*', ['*']],
    ['/a\\b', ['a\\b']],
    ['/%00', ['\u0000']],
    ['/%25%32%66', ['%2f']],
  ];
  for (const [path, expected] of rows) {
    it(JSON.stringify(path), () =>
      assert.deepEqual(
        attempt(() => parsedPath(path)),
        expected,
      ),
    );
  }
});

describe('parsedQuery', () => {
  const rows: [query: string, expected: string | undefined][] = [
    ['', '{}'],
    ['a', '{"a":[""]}'],
    ['a=', '{"a":[""]}'],
    ['=a', '{"":["a"]}'],
    ['=', '{"":[""]}'],
    ['a=1&a=2&b=3', '{"a":["1","2"],"b":["3"]}'],
    ['&&a=1&', '{"a":["1"]}'],
    ['a=b=c', '{"a":["b=c"]}'],
    ['a+b=c+d', '{"a b":["c d"]}'],
    ['a%2Bb=%26%3D', '{"a+b":["&="]}'],
    ['%61=%62', '{"a":["b"]}'],
    ['a=%e2%82%ac', '{"a":["\u20ac"]}'],
    ['a=%ff', '{"a":["\ufffd"]}'],
    ['%e2%82=1', '{"\ufffd\ufffd":["1"]}'],
    ['a=\u00e9', '{"a":["\u00e9"]}'],
    ['a=1;b=2', undefined],
    [';', undefined],
    ['a=%3b', '{"a":[";"]}'],
    ['a=%', undefined],
    ['%=a', undefined],
    ['a=%2', undefined],
    ['a=%zz&b=1', undefined],
    ['a=1&a=%', undefined],
    ['a?b', '{"a?b":[""]}'],
    ['a=1?b=2', '{"a":["1?b=2"]}'],
    ['a#b=c', '{"a#b":["c"]}'],
    ['a=1&a', '{"a":["1",""]}'],
    ['__proto__=1', '{"__proto__":["1"]}'],
    ['a[]=1&a[]=2', '{"a[]":["1","2"]}'],
    ['a=%00', '{"a":["\\u0000"]}'],
    ['+=+', '{" ":[" "]}'],
  ];
  for (const [query, expected] of rows) {
    it(JSON.stringify(query), () => {
      const parsed = attempt(() => parsedQuery(query));
      assert.equal(parsed && JSON.stringify(parsed), expected);
    });
  }

  it('takes 10,000 parameters and no more, as Go does', () => {
    assert.equal(parsedQuery('a&'.repeat(9_999))['a']?.length, 9_999);
    assert.equal(
      attempt(() => parsedQuery('a&'.repeat(10_000))),
      undefined,
    );
  });

  it('reads back what URLSearchParams writes', () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })));
    fc.assert(
      fc.property(pairs, (list) => {
        const expected = Object.create(null) as Record<string, string[]>;
        for (const [name, value] of list) expected[name] = [...(expected[name] ?? []), value];
        assert.deepEqual(parsedQuery(new URLSearchParams(list).toString()), expected);
      }),
    );
  });
});
