import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * Imports go downward only. Each part may import the parts of later rows; parts of one row never import each other,
 * except inside themselves.
 */
const ROWS: readonly (readonly string[])[] = [
  ['main'],
  ['cli'],
  ['app'],
  ['transport', 'services', 'reload', 'authoring'],
  ['decision'],
  ['policy'],
  ['bundle'],
  ['config', 'observe'],
  ['json', 'rpc', 'clock', 'watched-paths', 'thread-priority', 'errors', 'error-table', 'gen'],
];

/** Test files may use anything; these leaves may be used inside their own row. */
const LEAVES = new Set([
  'json',
  'rpc',
  'clock',
  'watched-paths',
  'thread-priority',
  'errors',
  'error-table',
  'gen',
]);

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
const part = (file: string): string => relative(src, file).split('/')[0]!.replace(/\.ts$/, '');
const row = (name: string): number => ROWS.findIndex((parts) => parts.includes(name));

/** The relative imports of a source text, static and dynamic. */
function importsOf(text: string): string[] {
  const pattern = /(?:from\s+|import\s*\(\s*|import\s+)['"](\.{1,2}\/[^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}

function violations(file: string, text: string): string[] {
  const from = part(file);
  return importsOf(text)
    .map((target) => part(join(dirname(file), target)))
    .filter((to) => to !== from)
    .filter((to) => row(to) === -1 || row(to) < row(from) || (row(to) === row(from) && !LEAVES.has(to)))
    .map((to) => `${relative(src, file)} imports ${to}`);
}

const files = globSync('**/*.ts', { cwd: src })
  .map((file) => join(src, file))
  .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.d.ts'));

test('every part has a place in the architecture', () => {
  const unknown = [...new Set(files.map(part))].filter((name) => row(name) === -1);
  assert.deepEqual(unknown, []);
});

test('imports go downward only', () => {
  assert.ok(files.length > 10);
  assert.deepEqual(
    files.flatMap((file) => violations(file, readFileSync(file, 'utf8'))),
    [],
  );
});

test('an upward or sideways import is found', () => {
  const table: [string, string, number][] = [
    ['decision/engine.ts', `import { x } from '../services/x.ts';`, 1],
    ['transport/http.ts', `import type { X } from '../services/x.ts';`, 1],
    ['reload/file.ts', `const x = await import('../transport/x.ts');`, 1],
    ['policy/a.ts', `import '../bundle/x.ts';`, 0],
    ['services/a.ts', `import { x } from './b.ts';`, 0],
  ];
  for (const [file, text, count] of table) {
    assert.equal(violations(join(src, file), text).length, count, file);
  }
});
