import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../../json/canonical.ts';
import { setBytes } from './bytes-member.ts';
import { emptyObject } from './reading.ts';

const LENGTHS = [1, 2, 3, 512, 513, 514, 515, 70_000];
const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 37) & 0xff));

test('bytes of any length are a member like any other', () => {
  for (const length of LENGTHS) {
    const bytes = bytesOf(length);
    const object = emptyObject();
    setBytes(object, 'b', bytes);
    const plain = { b: bytes.toString('base64') };
    assert.deepEqual(Object.entries(object), Object.entries(plain), `${length} bytes`);
    assert.equal(JSON.stringify(object), JSON.stringify(plain));
    assert.equal(canonicalJson(object), canonicalJson(plain));
    assert.deepEqual({ ...object }, plain);
    assert.equal(Object.freeze(object)['b'], plain.b);
  }
});

test('they are replaced by other bytes, by a value and by nothing', () => {
  for (const length of LENGTHS) {
    for (const other of LENGTHS) {
      const object = emptyObject();
      setBytes(object, 'b', bytesOf(length));
      setBytes(object, 'b', bytesOf(other));
      assert.equal(object['b'], bytesOf(other).toString('base64'), `${length} and ${other} bytes`);
    }
    const object = emptyObject();
    setBytes(object, 'b', bytesOf(length));
    object['b'] = null;
    assert.equal(object['b'], null);
    delete object['b'];
    assert.deepEqual(Object.keys(object), []);
  }
});

test('a long body is not written in Base64 before somebody looks', () => {
  const object = emptyObject();
  const bytes = bytesOf(70_000);
  setBytes(object, 'b', bytes);
  bytes[0] = 0xff;
  assert.equal(object['b'], bytes.toString('base64'));
  bytes[0] = 0;
  assert.notEqual(object['b'], bytes.toString('base64'), 'and only once');
});
