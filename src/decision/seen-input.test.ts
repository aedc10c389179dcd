import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskTree } from '../json/mask-tree.ts';
import { FULL, SCALAR } from '../policy/plan/footprint.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../policy/projection/projector.ts';
import { jsonBytesView, jsonValueView, NO_INPUT_VIEW } from './json-view.ts';
import { seenInput } from './seen-input.ts';

const ROLE = compileProjector({ reads: 0, children: new Map([['role', { reads: SCALAR }]]) });
const ALL = compileProjector({ reads: FULL });
const NO_MASK = maskTree([]);
const viewOf = (text: string) => jsonBytesView(Buffer.from(text), { maxBytes: 1000, maxDepth: 300 });

test('only what an entrypoint sees is given', () => {
  for (const view of [
    viewOf('{"role":"admin","token":"x"}'),
    jsonValueView(() => ({ role: 'admin', token: 'x' }), 9),
  ]) {
    const seen = seenInput(view, ROLE);
    assert.equal(JSON.stringify(seen.document()), '{"role":"admin"}');
    assert.equal(seen.extent, 'seen');
    assert.equal(view.extent, 'whole');
  }
});

test('its text is the same, once it was projected', () => {
  const view = viewOf('{"role":"admin","token":"x"}');
  const seen = seenInput(view, ROLE);
  assert.equal(seen.maskedText?.(NO_MASK), undefined);
  view.project(ROLE);
  assert.equal(String(seen.maskedText?.(NO_MASK)?.text), '{"role":"admin"}');
});

test('who sees everything is given the input itself', () => {
  const view = viewOf('{"role":"admin"}');
  for (const projector of [WHOLE_PROJECTOR, ALL]) assert.equal(seenInput(view, projector), view);
});

test('without an entrypoint, or without an input, nothing is given', () => {
  const nobody = seenInput(viewOf('{"role":"admin"}'), undefined);
  assert.deepEqual([nobody.document(), nobody.extent, 'maskedText' in nobody], [undefined, 'seen', false]);
  assert.equal(seenInput(NO_INPUT_VIEW, ROLE).document(), undefined);
});

test('an input that is as deep as its view takes it can be shown', () => {
  const deep = `{"role":${'['.repeat(280)}${']'.repeat(280)}}`;
  const tree = { reads: 0, children: new Map([['role', { reads: FULL }]]) };
  const view = viewOf(deep);
  assert.equal(JSON.stringify(seenInput(view, compileProjector(tree)).document()), deep);
});

test('an input that cannot be built throws what its view throws', () => {
  assert.throws(() => seenInput(viewOf('{'), ROLE).document(), { code: 'json_invalid' });
});
