// needs: opa
/**
 * Three judges over one set of policies and generated inputs: our host, `@open-policy-agent/opa-wasm` with the same
 * module, and OPA itself with the same sources.
 *
 * Where the npm package cannot answer, it is not asked: an input document that is falsy (it is dropped: no input), and
 * numbers that JavaScript does not give back (rounded before the module sees them). What it does with those, and with
 * sets and big integers across builtins, is shown in test/evidence/opa-wasm-defects.test.ts.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as opaWasm from '@open-policy-agent/opa-wasm';
import * as fc from 'fast-check';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { PortcullisError } from '../src/errors.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { WasmInstance } from '../src/policy/wasm/instance.ts';
import { DATA, ENTRYPOINTS, inputs, POLICIES, REGO } from './support/oracle-policies.ts';
import { buildModule, policySet } from './support/rego-module.ts';

/** A value, `undefined`, or the text of a failure. */
type Answer = { readonly value: unknown } | { readonly failure: string };

const sources = { rego: REGO, entrypoints: ENTRYPOINTS };
const bytes = await buildModule(sources);
const evaluator = await createWasmEvaluator(await policySet(sources, new Set(), JSON.stringify(DATA)), {
  builtins: new Map(),
  clock: { wallMs: () => 0, monotonicMs: () => 0 },
});

function ours(entrypoint: string, inputJson: string): Answer {
  try {
    const { json } = evaluator.evaluate(entrypoint, Buffer.from(inputJson), {
      wallMs: 0,
      deadlineMs: 1,
    }) as Evaluation;
    return { value: json === undefined ? undefined : JSON.parse(json) };
  } catch (error) {
    assert.ok(error instanceof PortcullisError);
    return { failure: error.message };
  }
}

let npm = await loadNpm();

async function loadNpm(): Promise<Awaited<ReturnType<typeof opaWasm.loadPolicy>>> {
  const policy = await opaWasm.loadPolicy(new Uint8Array(bytes).buffer);
  policy.setData(DATA);
  return policy;
}

async function npmPackage(entrypoint: string, inputJson: string): Promise<Answer> {
  try {
    return { value: npm.evaluate(JSON.parse(inputJson), entrypoint)[0]?.result };
  } catch (thrown) {
    // A throw uses up its stack; some hundred of them and it answers nothing any more.
    npm = await loadNpm();
    return { failure: String(thrown) };
  }
}

/** Whether the npm package hands this input to the module as it is. */
function npmCanAnswer(inputJson: string): boolean {
  const value: unknown = JSON.parse(inputJson);
  return Boolean(value) && JSON.stringify(value) === inputJson && !/[0-9]e\+|[0-9]{16}/.test(inputJson);
}

for (const [index, entrypoint] of ENTRYPOINTS.entries()) {
  test(`the npm package answers as we do: ${POLICIES[index]!.name}`, async () => {
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(inputs, async (inputJson) => {
        fc.pre(npmCanAnswer(inputJson));
        asked++;
        assert.deepEqual(ours(entrypoint, inputJson), await npmPackage(entrypoint, inputJson));
      }),
      { numRuns: 60 },
    );
    assert.ok(asked >= 60);
  });
}

test('copied and renewed instances answer as the one that loaded the data', async () => {
  const { modules } = await policySet(sources);
  const host = { invoke: () => undefined, print: () => {} };
  const load = (): WasmInstance =>
    WasmInstance.load(modules[0]!, Buffer.from(JSON.stringify(DATA)), host, 2 ** 26);
  const loaded = load();
  const others = [await loaded.copied(), load().renewed()!, await load().renewed()!.copied()];
  fc.assert(
    fc.property(inputs, fc.constantFrom(...ENTRYPOINTS), (inputJson, entrypoint) => {
      fc.pre(!entrypoint.includes('conflict'));
      const answer = (instance: WasmInstance): string | undefined =>
        instance.evaluate(modules[0]!.entrypoints[entrypoint]!, Buffer.from(inputJson));
      for (const other of others) assert.equal(answer(other), answer(loaded), entrypoint);
    }),
    { numRuns: 1000 },
  );
});

test('OPA answers as we do', async () => {
  const sample = fc.sample(inputs, 80);
  // Numbers in scientific notation are printed by OPA in a way of its own.
  const plain = sample.filter((inputJson) => !/[0-9]e[+-]/i.test(inputJson));
  const asked = POLICIES.filter(({ name }) => name !== 'conflict');
  const answers = await opa(
    asked.map(({ name }) => name),
    plain,
  );
  let defined = 0;
  for (const [row, inputJson] of plain.entries()) {
    for (const { name, sets } of asked) {
      const answer = ours(`oracle/${name}/answer`, inputJson);
      assert.ok('value' in answer, `${name} fails on ${inputJson}`);
      const theirs = answers[row]![name];
      if (theirs !== undefined) defined++;
      const normal = sets === true ? withoutOrder : (value: unknown): unknown => value;
      assert.deepEqual(normal(answer.value), normal(theirs), `${name} on ${inputJson}`);
    }
  }
  assert.ok(defined > plain.length * 5, 'most answers are defined');
});

/** Evaluates all policies on all inputs in one process of the real OPA: a row per input, without the undefined ones. */
async function opa(
  names: readonly string[],
  inputTexts: readonly string[],
): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-oracle-'));
  try {
    const row = names.map((name) => `{"${name}": v | v := data.oracle.${name}.answer with input as x}`);
    const ask = `package ask\nrows := [object.union_n([\n${row.join(',\n')}\n]) | some x in input]\n`;
    const files = [...REGO, ask].map((text, index) => ({ file: join(folder, `${index}.rego`), text }));
    for (const { file, text } of files) await writeFile(file, text);
    await writeFile(join(folder, 'data.json'), JSON.stringify(DATA));
    await writeFile(join(folder, 'input.json'), `[${inputTexts.join(',')}]`);
    const paths = [...files.map(({ file }) => file), join(folder, 'data.json')].flatMap((file) => [
      '-d',
      file,
    ]);
    const run = await runOpa([
      'eval',
      '--format=raw',
      '-i',
      join(folder, 'input.json'),
      ...paths,
      'data.ask.rows',
    ]);
    assert.equal(run.exitCode, 0, run.stderr + run.stdout.toString());
    return JSON.parse(run.stdout.toString('utf8')) as Record<string, unknown>[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function withoutOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutOrder(item)]));
}
