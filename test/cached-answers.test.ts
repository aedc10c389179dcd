// needs: opa
/** The engine with the footprints of a real plan: what the cache answers is what the whole input is answered. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '../src/decision/decision.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluator } from '../src/policy/evaluator.ts';
import { footprintsOf } from '../src/policy/plan/footprint/footprints-of.ts';
import type { Footprint, ReadTree } from '../src/policy/plan/footprint.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { activate, descriptor, question, setUp } from './support/engine.ts';
import { policySet } from './support/rego-module.ts';
import { buildPlan } from './support/rego-plan.ts';

const POLICY = `package a

default allow := false

allow if {
	not input.user.suspended
	input.user.role == data.roles[input.method]
}

allow if input.headers[data.header] == "secret"

other := {"allowed": count(input.path) > 1, "first": input.path[0], "noon": input.n == 1}
`;
const DATA = { roles: { GET: 'reader', PUT: 'writer' }, header: 'x-key' };
const ENTRYPOINTS = ['a/allow', 'a/other'];
const TIME = { wallMs: 1_000_000, deadlineMs: Infinity };

let module: PolicySetDescriptor;
let footprints: ReadonlyMap<string, Footprint>;
let evaluator: Evaluator;
before(async () => {
  const plan = readPlan(await buildPlan([POLICY], ENTRYPOINTS));
  footprints = footprintsOf(plan, DATA);
  module = await policySet({ rego: POLICY, entrypoints: ENTRYPOINTS }, undefined, JSON.stringify(DATA));
  evaluator = await createWasmEvaluator(module, {
    builtins: BUILTINS,
    clock: { wallMs: () => TIME.wallMs, monotonicMs: () => 0 },
  });
});

/** What the entrypoint gives for the whole input. */
const whole = (entrypoint: string, json: string): string | undefined =>
  (evaluator.evaluate(entrypoint, Buffer.from(json), TIME) as { json?: string }).json;

async function engineWith(changed: ReadonlyMap<string, Footprint>, rate: number) {
  const bench = await setUp(
    (entrypoint, input) =>
      evaluator.evaluate(entrypoint, input === undefined ? undefined : Buffer.from(input), TIME),
    ['shop'],
    { rate },
  );
  await activate(bench.plane, descriptor('shop', { footprints: changed }));
  return bench;
}

/** What matters comes from a few values, what does not is different each time. */
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const input = fc
  .record({
    user: maybe(
      fc.oneof(
        fc.record({
          role: maybe(fc.constantFrom('reader', 'writer', 1, null)),
          suspended: maybe(fc.constantFrom(true, false, null)),
        }),
        fc.constantFrom('reader', null, []),
      ),
    ),
    method: maybe(fc.constantFrom('GET', 'PUT', 'toString', 0)),
    headers: maybe(
      fc.record({ 'x-key': maybe(fc.constantFrom('secret', 'Secret', ['secret'])), 'x-id': fc.nat() }),
    ),
    path: maybe(
      fc.oneof(
        fc.array(fc.constantFrom('a', 'b', 0), { maxLength: 3 }),
        fc.constantFrom({ 0: 'a', 1: 'b' }, 'ab'),
      ),
    ),
    n: maybe(fc.constantFrom(1, 2, '1', true)),
    id: fc.nat(),
    time: fc.nat(),
  })
  .map((document) => JSON.stringify(document));
const asked = fc.record({ json: input, entrypoint: fc.constantFrom(...ENTRYPOINTS) });

const told = ({ status, json, reasons, obligations }: Decision) => ({ status, json, reasons, obligations });

test('cached equals uncached equals the whole input, and a batch equals its questions one by one', async () => {
  const { engine, shadow, differences, cache } = await engineWith(footprints, 1);
  let hits = 0;
  let all = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { maxLength: 20 }), async (list) => {
      const questions = list.map(question);
      const batch = await engine.decideAll(questions, Infinity, () => false);
      const singles: Decision[] = [];
      for (const single of questions) singles.push(await engine.decide(single, Infinity));
      const uncached: Decision[] = [];
      for (const single of questions)
        uncached.push(await engine.decide({ ...single, noCache: true }, Infinity));
      assert.deepEqual(batch.map(told), uncached.map(told));
      assert.deepEqual(singles.map(told), uncached.map(told));
      assert.ok(singles.every(({ cached }) => cached));
      assert.ok(uncached.every(({ cached }) => !cached));
      for (const [index, { entrypoint, json }] of list.entries())
        assert.equal(uncached[index]!.json, whole(entrypoint, json), json);
      hits += batch.filter(({ cached }) => cached).length;
      all += batch.length;
      await shadow.idle();
    }),
    { numRuns: 100 },
  );
  assert.ok(hits > all / 5, `${hits} of ${all} were found the first time`);
  assert.equal(differences.length, 0);
  const { checked, failed } = cache.figures().rows[0]!.shadow;
  assert.ok(checked > 50 && failed === 0, `${checked} verified`);
});

/** Each tree that forgets what stands under one key. */
function* forgetful(tree: ReadTree, path: string): Generator<[string, ReadTree]> {
  for (const [key, child] of tree.children ?? []) {
    const others = new Map(tree.children);
    others.delete(key);
    yield [`${path}/${key}`, { ...tree, children: others }];
    for (const [below, changed] of forgetful(child, `${path}/${key}`))
      yield [below, { ...tree, children: new Map(tree.children).set(key, changed) }];
  }
}

test('each read that a footprint forgets is caught by traffic, and what comes then is answered right', async () => {
  const questions = fc.sample(asked, { seed: 7, numRuns: 600 });
  const missed: string[] = [];
  let planted = 0;
  for (const entrypoint of ENTRYPOINTS) {
    for (const [name, tree] of forgetful(footprints.get(entrypoint)!.input, entrypoint)) {
      planted++;
      const wrong = new Map(footprints).set(entrypoint, { ...footprints.get(entrypoint)!, input: tree });
      const { engine, shadow, differences } = await engineWith(wrong, 1);
      let wrongBefore = 0;
      for (const single of questions) {
        const decision = await engine.decide(question({ ...single, entrypoint }), Infinity);
        const right = decision.json === whole(entrypoint, single.json);
        if (differences.length > 0) assert.ok(right, `${name}: answered wrong after it was caught`);
        else if (!right) wrongBefore++;
        await shadow.idle();
      }
      if (differences.length !== 1) missed.push(name);
      // Each is verified here, so the first wrong answer is the last.
      assert.equal(wrongBefore, differences.length, name);
    }
  }
  assert.deepEqual(missed, []);
  assert.ok(planted >= 8, `${planted} reads`);
});
