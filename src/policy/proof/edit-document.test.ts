import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jsonDocument } from '../../../test/support/projection-arbitraries.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { parseJson } from '../../json/parse.ts';
import { leafPaths, partAt, withNoise, withPart } from './edit-document.ts';

const key = fc.constantFrom('a', 'b', '0', '1', '__proto__', '');

test('what is put at a path is found there, and nothing that was there before is changed', () => {
  fc.assert(
    fc.property(jsonDocument, fc.array(key, { maxLength: 4 }), jsonDocument, (document, path, value) => {
      const before = canonicalJson(document);
      const after = withPart(document, path, value)!;
      assert.equal(canonicalJson(document), before);
      // Into an array an element may be put behind the last one, whatever index was asked for.
      if (!JSON.stringify(document).includes('[')) assert.deepEqual(partAt(after, path), value);
      assert.doesNotThrow(() => JSON.stringify(after));
    }),
    { numRuns: 500 },
  );
});

test('what is taken away is gone, and every leaf has a path', () => {
  fc.assert(
    fc.property(jsonDocument, (document) => {
      for (const path of leafPaths(document, 100)) {
        assert.notEqual(partAt(document, path), undefined);
        const after = withPart(document, path, undefined);
        const text = after === undefined ? '' : canonicalJson(after);
        assert.notEqual(text, canonicalJson(document));
      }
    }),
    { numRuns: 300 },
  );
});

test('noise is a key of each object, and of nothing else', () => {
  const document = parseJson('{"a":[{"__proto__":{"x":1}},2],"b":{}}');
  assert.equal(
    canonicalJson(withNoise(document, 'n', 0)),
    '{"a":[{"__proto__":{"n":0,"x":1},"n":0},2],"b":{"n":0},"n":0}',
  );
});
