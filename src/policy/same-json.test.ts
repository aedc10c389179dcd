import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../json/parse.ts';
import { sameJson } from './same-json.ts';

const TABLE: [left: string, right: string, same: boolean][] = [
  ['1', '1.0', true],
  ['100', '1e2', true],
  ['0', '-0.0', true],
  ['9007199254740993', '9007199254740992', false],
  ['9007199254740993', '9007199254740993.0', true],
  ['0.1', '0.10000000000000001', false],
  ['{"a":1,"b":[1.0]}', '{"b":[1],"a":1e0}', true],
  ['{"a":null}', '{}', false],
  ['{"a":null}', '{"b":null}', false],
  ['{"__proto__":1}', '{"__proto__":1}', true],
  ['{"__proto__":1}', '{"__proto__":2}', false],
  ['[]', '{}', false],
  ['[1,2]', '[2,1]', false],
  ['[1]', '[1,1]', false],
  ['1', '"1"', false],
  ['0', 'false', false],
  ['null', '0', false],
  ['null', '[]', false],
  ['"a"', '"a"', true],
];

test('documents are compared as a policy would', () => {
  for (const [left, right, same] of TABLE) {
    assert.equal(sameJson(parseJson(left), parseJson(right)), same, `${left} and ${right}`);
    assert.equal(sameJson(parseJson(right), parseJson(left)), same, `${right} and ${left}`);
  }
});
