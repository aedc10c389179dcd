import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../json/canonical.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import { COMPARED, FULL, type ReadTree } from '../plan/footprint.ts';
import { leafPaths, partAt } from './edit-document.ts';
import { type GeneratedInput, type GeneratorOptions, InputGenerator } from './generate-inputs.ts';

const tree: ReadTree = {
  reads: 0,
  children: new Map<string, ReadTree>([
    ['seen', { reads: FULL }],
    ['list', { reads: 0, each: { reads: COMPARED } }],
  ]),
};
const SAMPLE = parseJson('{"seen":"s","named":{"by":"plan"},"list":["x","y"],"rest":1.0}');
const OPTIONS: GeneratorOptions = {
  tree,
  hints: {
    paths: [['named', 'by']],
    valuesAt: new Map([['["named","by"]', ['wanted']]]),
    constants: ['constant'],
  },
  dataValues: ['of the data'],
  samples: [SAMPLE],
  seed: 'seed',
};

function made(count: number, options: Partial<GeneratorOptions> = {}): GeneratedInput[] {
  const generator = new InputGenerator({ ...OPTIONS, ...options });
  return Array.from({ length: count }, () => generator.next());
}

const textOf = (document: JsonValue | undefined): string =>
  document === undefined ? 'none' : canonicalJson(document);

test('the same seed gives the same inputs, another one others', () => {
  const texts = (seed: string): string[] => made(300, { seed }).map(({ document }) => textOf(document));
  assert.deepEqual(texts('a'), texts('a'));
  assert.notDeepEqual(texts('a'), texts('b'));
});

test('each path that the footprint or the plan names is changed by itself', () => {
  const before = leafPaths(SAMPLE, 100).map((path) => path.join('.'));
  for (const seed of ['a', 'b', 'c']) {
    const alone = new Set<string>();
    for (const { document } of made(12, { seed })) {
      const changed = [...new Set([...before, ...leafPaths(document, 100).map((path) => path.join('.'))])]
        .map((path) => path.split('.'))
        .filter((path) => textOf(partAt(document, path)) !== textOf(partAt(SAMPLE, path)));
      const tops = new Set(changed.map(([top]) => top));
      if (tops.size === 1) alone.add([...tops][0]!);
    }
    assert.deepEqual([...alone].filter((top) => top !== 'rest').sort(), ['list', 'named', 'seen'], seed);
  }
});

test('no input, keys beside, values of plan and data, removals and other types all come', () => {
  const inputs = made(300);
  const any = (is: (document: JsonValue | undefined) => boolean): boolean =>
    inputs.some(({ document }) => is(document));
  assert.ok(any((document) => document === undefined));
  assert.ok(any((document) => textOf(document).includes('"unread ')));
  assert.ok(any((document) => partAt(document, ['named', 'by']) === 'wanted'));
  assert.ok(any((document) => textOf(document).includes('"of the data"')));
  assert.ok(any((document) => textOf(document).includes('1e0')));
  assert.ok(any((document) => textOf(document).includes('"__proto__"')));
  assert.ok(any((document) => partAt(document, ['seen']) === undefined));
  assert.ok(any((document) => typeof partAt(document, ['seen']) === 'number'));
});

test('near a document that matters, what its values met is put in their place', () => {
  const generator = new InputGenerator(OPTIONS);
  generator.matters({ seen: 'here' }, new Map([['"here"', ['there', 2]]]));
  const next = [generator.next(), generator.next()].map(({ document }) => textOf(document)).sort();
  assert.deepEqual(next, ['{"seen":"there"}', '{"seen":2}']);
});
