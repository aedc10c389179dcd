import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegoValue } from '../value.ts';
import type { HttpAnswer } from './access.ts';
import { responseObject } from './response-object.ts';

const answer = (body: string | Uint8Array, type = 'application/json'): HttpAnswer => ({
  kind: 'http',
  status: '200 OK',
  statusCode: 200,
  headers: [['content-type', [type]]],
  body: Buffer.from(body),
});

const bodyOf = (body: string | Uint8Array, type?: string): RegoValue | undefined =>
  responseObject(answer(body, type), { forceJson: false, forceYaml: false }).get('body');

test('what nests too deeply is an error, and not a body that says nothing', () => {
  for (const depth of [2_000, 100_000]) {
    for (const inside of ['', '1.0']) {
      const text = '['.repeat(depth) + inside + ']'.repeat(depth);
      assert.throws(() => bodyOf(text), /nests too deeply/);
      assert.throws(() => bodyOf(`${text} trailing`), /nests too deeply/);
    }
  }
  assert.notEqual(bodyOf('['.repeat(900) + ']'.repeat(900)), null);
});

test('what is no JSON is null', () => {
  for (const text of ['', ' ', '{', '[1,', '{"a"', '"open', 'nul', '-', '}', '{]', '[}']) {
    assert.equal(bodyOf(text), null, text);
  }
});

test('bytes that are not UTF-8 are replaced', () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22]);
  assert.equal(bodyOf(bytes), '\ufffd');
});
