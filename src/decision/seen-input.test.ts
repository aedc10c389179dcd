import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { maskTree } from '../json/mask-tree.ts';
import { FULL, SCALAR } from '../policy/plan/footprint.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../policy/projection/projector.ts';
import type { InputView } from './input-view.ts';
import { jsonBytesView, jsonValueView, NO_INPUT_VIEW } from './json-view.ts';
import { seenInput } from './seen-input.ts';

const ROLE = compileProjector({ reads: 0, children: new Map([['role', { reads: SCALAR }]]) });
const ALL = compileProjector({ reads: FULL });
const NO_MASK = maskTree([]);
const viewOf = (text: string) => jsonBytesView(Buffer.from(text), { maxBytes: 1000, maxDepth: 300 });

test('only what an entrypoint can see is given, as document and as text', () => {
  for (const view of [
    viewOf('{"role":"admin","token":"x"}'),
    jsonValueView(() => ({ role: 'admin', token: 'x' }), 9),
  ]) {
    const seen = seenInput(view, ROLE);
    assert.equal(JSON.stringify(seen.document()), '{"role":"admin"}');
    assert.equal(String(seen.maskedText?.(NO_MASK)?.text), '{"role":"admin"}');
    assert.deepEqual([seen.extent, view.extent], ['seen', 'whole']);
  }
});

test('who can see everything is given the input itself', () => {
  const view = viewOf('{"role":"admin"}');
  for (const projector of [WHOLE_PROJECTOR, ALL]) assert.equal(seenInput(view, projector), view);
});

test('without an entrypoint nothing is given, and said; without an input there is nothing to say', () => {
  const nobody = seenInput(viewOf('{"role":"admin"}'), undefined);
  assert.deepEqual([nobody.document(), nobody.extent, 'maskedText' in nobody], [undefined, 'seen', false]);
  const none = seenInput(NO_INPUT_VIEW, ROLE);
  assert.deepEqual(
    [none.maskedText?.(NO_MASK), none.document(), none.extent],
    [undefined, undefined, 'whole'],
  );
});

test('an input that is as deep as its view takes it can be shown', () => {
  const deep = `{"role":${'['.repeat(280)}${']'.repeat(280)}}`;
  const tree = { reads: 0, children: new Map([['role', { reads: FULL }]]) };
  assert.equal(JSON.stringify(seenInput(viewOf(deep), compileProjector(tree)).document()), deep);
});

test('of an input with a part that cannot be built the others are given', () => {
  const view: InputView = {
    sizeBytes: 1,
    extent: 'parts',
    project: () => {
      throw new PortcullisError('invalid_request', 'the body is no JSON');
    },
    document: () => ({ role: 'admin', path: '/' }),
  };
  const seen = seenInput(view, ROLE);
  assert.equal(seen.maskedText?.(NO_MASK), undefined);
  assert.deepEqual([JSON.stringify(seen.document()), seen.extent], ['{"role":"admin"}', 'seen']);
});

test('an input that cannot be read throws what its view throws', () => {
  assert.throws(() => seenInput(viewOf('{'), ROLE).document(), { code: 'json_invalid' });
});
