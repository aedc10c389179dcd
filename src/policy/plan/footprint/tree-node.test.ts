import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CanonicalText, type DataDocument } from '../../../json/canonical-text.ts';
import { SharedByNodes } from './tree-node.ts';

test('the keys of one place are listed once, however often it is looked up', () => {
  const shared = new SharedByNodes(() => 0);
  const root = new CanonicalText(Buffer.from('{"a":{"x":1},"b":{"y":1}}'));
  const keys = ['a', 'b', 'a', 'b'].map((key) => shared.keysOf(root.member(key) as DataDocument));
  assert.deepEqual(keys, [['x'], ['y'], ['x'], ['y']]);
  assert.equal(keys[0], keys[2]);
  assert.equal(keys[1], keys[3]);
});
