import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { Evaluation, Evaluator } from './evaluator.ts';
import { checkVectors, parseVectors, writeVectors } from './vector-format.ts';
import { requireVectors, runVectors } from './vectors.ts';

const evaluation = (json: string | undefined): Evaluation => ({
  json,
  validFromMs: -Infinity,
  validUntilMs: Infinity,
  effects: [],
  nonDeterministic: undefined,
  builtinErrors: [],
});

/** Answers with the input itself, with the time when there is none, and fails for the entrypoint `x/broken`. */
const echo: Evaluator = {
  evaluate(entrypoint, inputJson, time) {
    if (entrypoint === 'x/broken') throw new PortcullisError('evaluation_failed', 'two rules contradict');
    if (entrypoint === 'x/undefined') return evaluation(undefined);
    return evaluation(inputJson === undefined ? String(time.wallMs) : Buffer.from(inputJson).toString());
  },
  close: () => undefined,
};

const run = async (text: string): Promise<string[]> => {
  const results = await runVectors(checkVectors(parseJson(text), 'v.yaml'), echo);
  return results.map((result) => (result.passed ? 'passed' : result.message));
};

test('answers are compared with what is expected', async () => {
  const table: [string, string][] = [
    ['{"name":"a","entrypoint":"x/y","input":{"n":1.0},"expect":{"n":1}}', 'passed'],
    ['{"name":"a","entrypoint":"x/y","input":null,"expect":null}', 'passed'],
    ['{"name":"a","entrypoint":"x/y","now":"1970-01-01T00:00:01.5+00:00","expect":1500}', 'passed'],
    ['{"name":"a","entrypoint":"x/undefined"}', 'passed'],
    ['{"name":"a","entrypoint":"x/undefined","undefined":true}', 'passed'],
    ['{"name":"a","entrypoint":"x/undefined","expect":null}', '“a” (x/undefined) expects null, got no value'],
    ['{"name":"a","entrypoint":"x/y","input":1}', '“a” (x/y) expects no value, got 1'],
    ['{"name":"a","entrypoint":"x/y","input":1,"expect":2}', '“a” (x/y) expects 2, got 1'],
    [
      '{"name":"a","entrypoint":"x/broken","expect":1}',
      '“a” (x/broken) expects 1, got evaluation_failed (two rules contradict)',
    ],
  ];
  for (const [vector, expected] of table) assert.deepEqual(await run(`[${vector}]`), [expected], vector);
});

test('mistakes are named by file, vector and place, all at once', () => {
  const table: [string, string[]][] = [
    ['{}', ['v.yaml: expected a list of vectors']],
    ['[1]', ['v.yaml: vector 1:']],
    [
      '[{"name":"a","entrypoint":"/x"},{"name":"b","entrypoint":"x","now":"today"}]',
      ['“a”: entrypoint:', '“b”: now:'],
    ],
    ['[{"name":"a","entrypoint":"x","inputs":1}]', ['“a”:', 'inputs']],
    ['[{"name":"a","entrypoint":"x"},{"name":"a","entrypoint":"x"}]', ['“a”: the name stands twice']],
    ['[{"name":"a","entrypoint":"x","expect":1,"undefined":true}]', ['“a”: undefined: either']],
    ['[{"entrypoint":"x"}]', ['vector 1: name:']],
    ['[{"name":"a","entrypoint":"x","now":"2026-02-30T00:00:00Z"}]', ['“a”: now:']],
  ];
  for (const [text, parts] of table) {
    assert.throws(
      () => checkVectors(parseJson(text), 'v.yaml'),
      (error: PortcullisError) => {
        assert.equal(error.code, 'bundle_vectors_invalid');
        for (const part of parts) assert.ok(error.message.includes(part), `${part} in ${error.message}`);
        return true;
      },
    );
  }
});

test('what is written is read back the same, numbers by their text', async () => {
  const text =
    '[{"name":"a","entrypoint":"x/y","now":"2026-11-22T09:00:00.000Z","input":{"b":1.0,"a":12345678901234567890,"__proto__":0},"expect":null},{"name":"b","entrypoint":"x"}]';
  const vectors = checkVectors(parseJson(text), 'v');
  const bytes = writeVectors(vectors);
  const again = parseVectors(bytes);
  assert.deepEqual(writeVectors(again), bytes);
  assert.match(Buffer.from(bytes).toString(), /12345678901234567890,"b":1\.0/);
  assert.equal(again[0]?.nowMs, Date.UTC(2026, 10, 22, 9));
  assert.equal(again[0]?.expect, null);
  assert.equal(again[1]?.inputJson, undefined);
  assert.equal(again[1]?.expect, undefined);
  assert.throws(() => parseVectors(Buffer.from('[')), { code: 'bundle_vectors_invalid' });
});

test('failures become one error that shows the first of them', async () => {
  const document = [1, 2, 3, 4, 5].map((n) => ({ name: `v${n}`, entrypoint: 'x/y', input: n, expect: 1 }));
  const results = await runVectors(checkVectors(document, 'v'), echo);
  assert.throws(() => requireVectors(results), {
    code: 'bundle_vectors_failed',
    message: /^4 of 5 vectors failed: “v2” .*; and 1 more$/,
  });
  requireVectors(results.slice(0, 1));
});
