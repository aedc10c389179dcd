// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceHistory } from './rule-changes.ts';
import type { SourceFile, Sources } from './sources.ts';

function sources(rego: Record<string, string>, data: Record<string, string> = {}): Sources {
  const files = (texts: Record<string, string>): SourceFile[] =>
    Object.entries(texts).map(([path, text]) => ({
      path,
      file: `policies/${path}`,
      bytes: Buffer.from(text),
    }));
  return { rego: files(rego), tests: [], data: files(data), vectors: [], manifest: undefined };
}

const NONE = { added: [], changed: [], removed: [], data: [] };

test('rules are compared by what they say, over all files, whatever their layout', async () => {
  const a = 'package shop.a\n\ndefault allow := false\n\nallow if input.x\n\nr contains 1\n';
  const history = new SourceHistory();
  assert.deepEqual(await history.advance(sources({ 'a.rego': a })), {
    ...NONE,
    added: ['shop.a.allow', 'shop.a.r'],
  });
  const table: [string, Record<string, string>, object][] = [
    ['nothing', { 'a.rego': a }, NONE],
    ['comments and layout', { 'a.rego': a.replace('allow if', '# why\nallow   if') }, NONE],
    ['a default', { 'a.rego': a.replace('false', 'true') }, { ...NONE, changed: ['shop.a.allow'] }],
    ['a body', { 'a.rego': a.replace('input.x', 'input.y') }, { ...NONE, changed: ['shop.a.allow'] }],
    [
      'a definition in another file',
      { 'a.rego': a.replace('input.x', 'input.y'), 'b.rego': 'package shop.a\n\nr contains 2\n\ns := 1\n' },
      { ...NONE, added: ['shop.a.s'], changed: ['shop.a.r'] },
    ],
    [
      'a file that is gone',
      { 'a.rego': 'package shop.a\n\nallow if input.y\n' },
      {
        ...NONE,
        changed: ['shop.a.allow'],
        removed: ['shop.a.r', 'shop.a.s'],
      },
    ],
    [
      'a name of several parts',
      { 'a.rego': 'package shop.a\n\nt.u[x] := 1 if some x in [1]\n' },
      {
        ...NONE,
        added: ['shop.a.t.u'],
        removed: ['shop.a.allow'],
      },
    ],
  ];
  for (const [name, rego, expected] of table) {
    assert.deepEqual(await history.advance(sources(rego)), expected, name);
  }
});

test('data files that are new, different or gone are named', async () => {
  const history = new SourceHistory();
  const rego = { 'a.rego': 'package a\n\nx := 1\n' };
  await history.advance(sources(rego, { 'data.json': '{}', 'b/data.json': '{}' }));
  const next = await history.advance(sources(rego, { 'data.json': '{"a": 1}', 'c/data.yaml': 'x: 1' }));
  assert.deepEqual(next, {
    ...NONE,
    data: ['policies/data.json', 'policies/b/data.json', 'policies/c/data.yaml'],
  });
});
