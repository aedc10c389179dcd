import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differingPlaces } from './shadow-places.ts';

test('the places where two values differ', () => {
  const deep = '['.repeat(1000) + ']'.repeat(1000);
  const many = (value: number): string => JSON.stringify(Array.from({ length: 50 }, () => value));
  const table: [left: string | undefined, right: string | undefined, places: readonly string[]][] = [
    ['true', 'true', []],
    [undefined, undefined, []],
    ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }', []],
    ['true', 'false', ['']],
    ['true', undefined, ['']],
    [undefined, 'null', ['']],
    ['{"allowed":true,"x":{"y":[1,2]}}', '{"allowed":true,"x":{"y":[1,3]}}', ['/x/y/1']],
    [
      '{"allowed":true,"headers":{"a/b":"1"}}',
      '{"allowed":false,"headers":{}}',
      ['/allowed', '/headers/a~1b'],
    ],
    ['[1]', '[1,2]', ['']],
    ['{"n":1}', '{"n":1.0}', ['/n']],
    ['{"n":1}', '{"n":"1"}', ['/n']],
    ['{"n":12345678901234567890}', '{"n":12345678901234567891}', ['/n']],
    ['{"n":[]}', '{"n":{}}', ['/n']],
    ['{"__proto__":1}', '{}', ['/__proto__']],
    ['{"~":1}', '{}', ['/~0']],
    // What cannot be read is not compared further.
    ['{"a":1,"a":1}', '{"a":1}', ['']],
    [deep, `${deep} `, ['']],
    [many(1), many(2), Array.from({ length: 10 }, (_, index) => `/${index}`)],
    [`{"${'k'.repeat(1000)}":1}`, '{}', [`/${'k'.repeat(199)}…`]],
  ];
  for (const [left, right, places] of table) {
    const found = differingPlaces(left, right);
    // The order of keys is not promised.
    assert.deepEqual([...found].sort(), [...places].sort(), `${left?.slice(0, 40)} ${right?.slice(0, 40)}`);
    assert.equal(differingPlaces(right, left).length, found.length);
  }
});
