import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { canonicalJson } from '../json/canonical.ts';
import { type BundleData, bundleData } from './data.ts';

const dataOf = (path: string, json: string): BundleData => bundleData([{ path, bytes: Buffer.from(json) }]);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('BundleData', () => {
  it('makes values of a file however deep its folder lies', () => {
    for (const [folders, nested] of [
      [0, 256],
      [1100, 256],
      [1500, 2],
    ] as const) {
      const data = dataOf(
        `${'a/'.repeat(folders)}data.json`,
        `{"b":${'['.repeat(nested - 1)}${']'.repeat(nested - 1)}}`,
      );
      assert.equal(canonicalJson(data.document), Buffer.from(data.json).toString());
    }
  });

  it('says that values cannot be made, where the engine cannot', () => {
    const data = dataOf(`${'a/'.repeat(200_000)}data.json`, '1');
    assert.throws(() => data.document, {
      code: 'bundle_data_invalid',
      message: /^no values can be made of the data: /,
    });
  });

  it('keeps the text and not the values that were made of it', async () => {
    const data = dataOf('data.json', '{"a":[1.50]}');
    assert.equal(data.document, data.document);
    const made = new WeakRef(data.document);
    await setImmediate();
    collect();
    assert.equal(made.deref(), undefined);
    assert.equal(canonicalJson(data.document), '{"a":[1.50]}');
  });
});
