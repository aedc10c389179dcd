// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../src/clock.ts';
import { PortcullisError } from '../src/errors.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { type Evaluation, EvaluationInterrupted, type Evaluator } from '../src/policy/evaluator.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { WasmInstance } from '../src/policy/wasm/instance.ts';
import { ENDLESS, ENDLESS_SOURCES } from './support/endless-policies.ts';
import { policySet, type RegoSources } from './support/rego-module.ts';

const DATA = '{"roles": ["admin"]}';
const ADMIN = Buffer.from('{"role":"admin"}');
const set = await policySet(ENDLESS_SOURCES, new Set(BUILTINS.keys()), DATA);
const endless = await createWasmEvaluator(set, { builtins: BUILTINS, clock: systemClock });

function allowed(evaluator: Evaluator): string | undefined {
  const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
  return (evaluator.evaluate('endless/allowed', ADMIN, time) as Evaluation).json;
}

for (const { rule, input } of ENDLESS) {
  test(`${rule} is interrupted, and the next answer is right`, async () => {
    const json = input === undefined ? undefined : Buffer.from(JSON.stringify(input));
    const evaluate = (time: { deadlineMs: number; interruptAtMs?: number }): unknown =>
      endless.evaluate(`endless/${rule}`, json, { wallMs: 0, ...time });
    const nowMs = systemClock.monotonicMs();
    assert.throws(() => evaluate({ deadlineMs: nowMs + 20 }), {
      code: 'deadline_exceeded',
      message: 'the deadline passed during the evaluation',
    });
    assert.equal(allowed(endless), 'true');
    const laterMs = systemClock.monotonicMs();
    assert.throws(
      () => evaluate({ deadlineMs: laterMs + 60_000, interruptAtMs: laterMs + 10 }),
      EvaluationInterrupted,
    );
    assert.equal(allowed(endless), 'true');
    // A turn of the event loop, in which the standby makes a spare.
    await new Promise((resolve) => setImmediate(resolve));
  });
}

test('an evaluation that is done before its deadline is not interrupted, whatever came before', () => {
  const json = Buffer.from('"aabb"');
  const nowMs = systemClock.monotonicMs();
  const late = { wallMs: 0, deadlineMs: nowMs + 60_000, interruptAtMs: nowMs - 1 };
  assert.throws(() => endless.evaluate('endless/replaces', json, late), EvaluationInterrupted);
  assert.equal(allowed(endless), 'true');
});

test('no builtin is called once the time is up', async () => {
  let calls = 0;
  let nowMs = 0;
  const slow = {
    name: 'test.slow',
    effects: [],
    call: () => {
      calls++;
      nowMs += 10;
      return true;
    },
  };
  const sources: RegoSources = {
    rego: 'package endless\nallowed if input.role in data.roles\nslow if { test.slow(1); test.slow(2); test.slow(3) }',
    entrypoints: ['endless/allowed', 'endless/slow'],
    builtins: [{ name: 'test.slow', arity: 1 }],
  };
  const evaluator = await createWasmEvaluator(await policySet(sources, new Set(['test.slow']), DATA), {
    builtins: new Map([['test.slow', slow]]),
    clock: { wallMs: () => 0, monotonicMs: () => nowMs },
  });
  const evaluate = (): unknown =>
    evaluator.evaluate('endless/slow', undefined, { wallMs: 0, deadlineMs: 15 });
  assert.throws(evaluate, { code: 'deadline_exceeded', message: /during/ });
  assert.equal(calls, 2);
  assert.equal(allowed(evaluator), 'true');
});

/** What uses the allocator, the tables, the caches and the stack of a module in many ways, and ends by itself. */
const VARIED: RegoSources = {
  rego: `package varied
all := {
  "sum": sum([z | x := numbers.range(1, 20)[_]; y := data.list[_]; z := x * y]),
  "words": sort({w | w := split(input.text, " ")[_]; regex.match("^[a-z]+(x|y)?$", w)}),
  "union": object.union_n([{w: count(w)} | w := split(input.text, " ")[_]]),
  "json": json.marshal(input),
  "reach": count(graph.reachable(data.graph, {"0"})),
  "roles": [r | some r in data.roles],
  "glob": glob.match("*:{a,b}*", [":"], input.name),
  "upper": upper(concat(",", split(input.text, " "))),
  "print": sprintf("%s-%d", [input.name, count(data.list)]),
}
conflict := 1 if input.name
conflict := 2 if input.text
`,
  entrypoints: ['varied/all', 'varied/conflict'],
};
const VARIED_DATA = JSON.stringify({
  roles: ['admin', 'guest'],
  list: Array.from({ length: 30 }, (_, i) => i * 3),
  graph: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}`, [`${(i * 7 + 1) % 40}`]])),
});

test('wherever evaluations are interrupted, later answers are right and the data is as it was', async () => {
  const sources = await policySet(VARIED, new Set(BUILTINS.keys()), VARIED_DATA);
  const module = sources.modules[0]!;
  const host = {
    fuel: [] as number[],
    invoke: () => 'text',
    print: () => undefined,
    /** Passes through the amounts of fuel, then ends the evaluation; without any, lets it run. */
    tick(): number {
      if (this.endless) return 500;
      const checks = this.fuel.shift();
      if (checks === undefined) throw new PortcullisError('deadline_exceeded', 'out of fuel');
      return checks;
    },
    endless: true,
  };
  const all = module.entrypoints['varied/all']!;
  const conflict = module.entrypoints['varied/conflict']!;
  const loaded = (): WasmInstance =>
    WasmInstance.load(module, Buffer.from(VARIED_DATA), host, 64 * 1024 * 1024);
  const inputOf = (text: string): Buffer => Buffer.from(JSON.stringify({ name: 'n:a', text }));
  const expected = new Map<string, string | undefined>();
  const truth = (text: string): string | undefined => {
    if (!expected.has(text)) expected.set(text, loaded().evaluate(all, inputOf(text)));
    return expected.get(text);
  };
  let instance = loaded();
  let interrupted = 0;
  let ended = 0;
  const texts = ['', 'a bb ccc', 'é \u{1f600} x', 'word '.repeat(200)];
  const step = fc.record({
    text: fc.constantFrom(...texts),
    // Each call of a builtin takes one, however much is left.
    fuel: fc
      .tuple(
        fc.array(fc.oneof(fc.nat(50), fc.nat(3000), fc.nat(40_000)), { maxLength: 3 }),
        fc.constantFrom(0, 2000),
      )
      .map(([few, more]) => few.concat(Array<number>(more).fill(40_000))),
    conflicting: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      for (const { text, fuel, conflicting } of steps) {
        host.endless = true;
        const right = truth(text);
        host.endless = false;
        host.fuel = fuel;
        try {
          const answer = instance.evaluate(conflicting ? conflict : all, inputOf(text));
          assert.equal(answer, right);
          ended++;
        } catch (thrown) {
          const { code } = thrown as PortcullisError;
          if (code === 'deadline_exceeded') interrupted++;
          else assert.equal(code, 'evaluation_conflict');
          assert.ok(instance.broken);
        }
        host.endless = true;
        instance = instance.broken ? instance.renewed()! : instance;
        assert.equal(instance.evaluate(all, inputOf(text)), right);
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(interrupted > 100, `${interrupted} interruptions`);
  assert.ok(ended > 20, `${ended} that were not`);

  const [, text = ''] = texts;
  const right = expected.get(text);
  host.endless = false;
  for (let round = 0; round < 4000; round++) {
    host.fuel = [(round * 7919) % 400];
    assert.throws(() => instance.evaluate(all, inputOf(text)), { code: 'deadline_exceeded' });
    instance = instance.renewed()!;
  }
  host.endless = true;
  assert.equal(instance.evaluate(all, inputOf(text)), right);
});
