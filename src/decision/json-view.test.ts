import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPortcullisError } from '../errors.ts';
import { maskTree } from '../json/mask-tree.ts';
import { SCALAR } from '../policy/plan/footprint.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../policy/projection/projector.ts';
import { jsonBytesView, jsonValueView, NO_INPUT_VIEW } from './json-view.ts';
import { failed } from './outcome.ts';

test('a view tells how large its input was when it arrived', () => {
  assert.equal(jsonBytesView(Buffer.from('{"a": "ü"}'), { maxBytes: 100, maxDepth: 2 }).sizeBytes, 11);
  assert.equal(jsonValueView(() => null, 7).sizeBytes, 7);
  assert.equal(NO_INPUT_VIEW.sizeBytes, 0);
});

test('a view shows the bytes that its document will be built from, until it is', () => {
  const bytes = Buffer.from('1');
  const view = jsonValueView(() => 1, 1, bytes);
  assert.equal(view.source, bytes);
  view.document();
  assert.equal(view.source, undefined);
  assert.equal(NO_INPUT_VIEW.source, undefined);
});

test('a document is built once, also when there is none, and again after a failure', () => {
  for (const value of [{ a: 1 }, undefined]) {
    const answers = [new Error('first'), value];
    const view = jsonValueView(() => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    }, 1);
    assert.throws(() => view.document(), /first/);
    view.project(WHOLE_PROJECTOR);
    assert.equal(view.document(), value);
    assert.equal(answers.length, 0);
  }
});

test('a number that would take a gigabyte to calculate with makes the input invalid', () => {
  const view = jsonBytesView(Buffer.from('{"n":1e100000000}'), { maxBytes: 100, maxDepth: 2 });
  try {
    view.project(WHOLE_PROJECTOR);
    assert.fail('the number was taken');
  } catch (thrown) {
    assert.equal(failed(toPortcullisError(thrown)).status, 'input_invalid');
  }
});

test('text is read as far as it can be seen, and its document is what was seen if it cannot be built', () => {
  const onlyA = compileProjector({ reads: 0, children: new Map([['a', { reads: SCALAR }]]) });
  for (const wrong of ['{"c":1,"c":2}', '1e100000000']) {
    const view = jsonBytesView(Buffer.from(`{"a":1.0,"b":${wrong}}`), { maxBytes: 100, maxDepth: 2 });
    for (const read of [() => view.document(), () => view.project(WHOLE_PROJECTOR)]) {
      assert.throws(read, (error) => failed(toPortcullisError(error)).status === 'input_invalid');
    }
    assert.throws(() => view.document());
    assert.equal(view.project(onlyA).key, 'j{"a":1.0}');
    assert.equal(view.extent, 'whole');
    assert.equal(JSON.stringify(view.document()), '{"a":1.0}');
    assert.equal(view.extent, 'seen');
    assert.throws(() => view.project(WHOLE_PROJECTOR));
  }
});

test('no document is made of text that is no JSON', () => {
  const nothing = compileProjector({ reads: 0 });
  const view = jsonBytesView(Buffer.from('{"a":1'), { maxBytes: 100, maxDepth: 2 });
  for (const read of [() => view.project(nothing), () => view.document()]) {
    assert.throws(read, { code: 'json_invalid', message: /at line 1, column 7$/ });
  }
});

test('a document that is there is projected, and no text is read again', () => {
  const bytes = Buffer.from('{"a":1}');
  const view = jsonBytesView(bytes, { maxBytes: 100, maxDepth: 2 });
  assert.equal(view.project(WHOLE_PROJECTOR).key, 'j{"a":1}');
  assert.deepEqual(JSON.stringify(view.document()), '{"a":1}');
  assert.equal(view.extent, 'whole');
  bytes.fill(0);
  assert.equal(view.project(WHOLE_PROJECTOR).key, 'j{"a":1}');
});

test('text that was projected is masked as it stands, and as little of it is shown as of its document', () => {
  const mask = maskTree([['a'], ['c', 'd']]);
  const onlyA = compileProjector({ reads: 0, children: new Map([['a', { reads: SCALAR }]]) });
  const view = (text: string) => jsonBytesView(Buffer.from(text), { maxBytes: 100, maxDepth: 2 });
  const plain = view('{"a":1,\n"b":1.0,"c":{"d":2}}');
  assert.equal(plain.maskedText?.(mask), undefined, 'not known to be JSON');
  plain.project(onlyA);
  const masked = plain.maskedText?.(mask);
  assert.equal(Buffer.from(masked!.text!).toString(), '{ "b":1.0,"c":{}}');
  assert.deepEqual(masked!.erased, [0, 1]);
  assert.equal(plain.source?.byteLength, plain.sizeBytes);
  plain.document();
  assert.equal(plain.source, undefined);
  assert.equal(plain.maskedText?.(mask), undefined, 'the document is there');

  const twice = view('{"a":1,"c":1,"c":2}');
  twice.project(onlyA);
  assert.equal(twice.maskedText?.(mask), undefined);
  assert.equal(JSON.stringify(twice.document()), '{"a":1}');
});
