/**
 * What metering costs and what it gives: `npx node bench/metering.ts`. First the CPU time of ordinary evaluations on the
 * module as built and on the metered one, interleaved in one run; then what metering adds to an activation; then, for
 * each endless policy, how long after its deadline the evaluation ended. docs/adr/0010-interrupting-evaluations.md quotes it.
 */

import { buildBundle } from '../src/authoring/build.ts';
import { systemClock } from '../src/clock.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluator } from '../src/policy/evaluator.ts';
import { compileModule } from '../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { meterModule } from '../src/policy/wasm/metering/meter-module.ts';
import { ENDLESS, ENDLESS_SOURCES } from '../test/support/endless-policies.ts';
import { buildModule, policySet } from '../test/support/rego-module.ts';
import { ROLE_LOOKUP } from './role-policies.ts';

const ROUNDS = 40;
const ROUND_MS = 25;
const UNBOUNDED = { wallMs: Date.now(), deadlineMs: Number.POSITIVE_INFINITY };

interface Question {
  readonly entrypoint: string;
  readonly input: Uint8Array;
}

/** The same policy set on the module as it was built, and on the metered one. */
async function pair(bytes: Uint8Array, data: string, entrypoints: readonly string[]): Promise<Evaluator[]> {
  const metered = await compileModule('bench', bytes, new Set(BUILTINS.keys()));
  const plain = { ...metered, module: await WebAssembly.compile(new Uint8Array(bytes)) };
  const evaluators: Evaluator[] = [];
  for (const module of [plain, metered]) {
    const set: PolicySetDescriptor = {
      name: 'bench',
      modules: [module],
      dataJson: Buffer.from(data),
      entrypoints,
      defaultEntrypoint: undefined,
      policyDigest: '',
      dataDigest: '',
      revisions: {},
      activatedAtMs: 0,
    };
    evaluators.push(await createWasmEvaluator(set, { builtins: BUILTINS, clock: systemClock }));
  }
  return evaluators;
}

/** CPU microseconds for all questions once, the best round of each evaluator. */
function compare(evaluators: readonly Evaluator[], questions: readonly Question[]): Record<string, string> {
  const best = evaluators.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, evaluator] of evaluators.entries()) {
      const startMs = performance.now();
      const cpu = process.cpuUsage();
      let runs = 0;
      for (; performance.now() - startMs < ROUND_MS; runs++) {
        for (const { entrypoint, input } of questions) void evaluator.evaluate(entrypoint, input, UNBOUNDED);
      }
      const { user, system } = process.cpuUsage(cpu);
      best[index] = Math.min(best[index]!, (user + system) / runs);
    }
  }
  const [plain = 0, metered = 0] = best;
  const percent = ((metered / plain - 1) * 100).toFixed(1);
  return { 'as built, µs': plain.toFixed(1), 'metered, µs': metered.toFixed(1), 'more, %': percent };
}

function rbacInput(bytes: number): Buffer {
  const value = { user: 'u42', action: 'a0', type: 'dog', headers: {} as Record<string, string> };
  for (let header = 0; JSON.stringify(value).length < bytes; header++) {
    value.headers[`x-header-${header}`] = `value-${header}`.repeat(3);
  }
  return Buffer.from(JSON.stringify(value));
}

const overhead: Record<string, Record<string, string>> = {};
const sources = [new URL('../policies', import.meta.url).pathname];
const { bundle, vectors } = await buildBundle({ sources, base: sources[0]! });
const { bytes, entrypoints } = bundle.module!;
const demo = await pair(bytes, canonicalJson(bundle.data.document), entrypoints);
for (const entrypoint of entrypoints) {
  const questions = vectors.flatMap(({ inputJson, ...vector }) =>
    vector.entrypoint === entrypoint && inputJson !== undefined ? [{ entrypoint, input: inputJson }] : [],
  );
  if (questions.length > 0) overhead[`${entrypoint}, ${questions.length}`] = compare(demo, questions);
}
const rbac = await pair(await buildModule(ROLE_LOOKUP), ROLE_LOOKUP.data, ROLE_LOOKUP.entrypoints);
for (const size of [46, 1880, 63_000]) {
  overhead[`rbac, ${size} B input`] = compare(rbac, [{ entrypoint: 'rbac/allow', input: rbacInput(size) }]);
}
console.table(overhead);

const startMs = performance.now();
const size = meterModule(bytes).length;
const ms = (performance.now() - startMs).toFixed(1);
console.log(`metering the demo module: ${ms} ms, ${bytes.length} bytes become ${size}`);

const endless = await createWasmEvaluator(await policySet(ENDLESS_SOURCES, new Set(BUILTINS.keys())), {
  builtins: BUILTINS,
  clock: systemClock,
});
const overshoot: Record<string, Record<string, string>> = {};
for (const { rule, input } of ENDLESS) {
  const json = input === undefined ? undefined : Buffer.from(JSON.stringify(input));
  const lateMs: number[] = [];
  for (const timeoutMs of [5, 10, 20, 20, 50, 50, 100, 100, 200, 500]) {
    const deadlineMs = performance.now() + timeoutMs;
    try {
      void endless.evaluate(`endless/${rule}`, json, { wallMs: 0, deadlineMs });
    } catch {
      lateMs.push(performance.now() - deadlineMs);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  lateMs.sort((a, b) => a - b);
  overshoot[rule] = {
    interrupted: String(lateMs.length),
    'late, median ms': lateMs[lateMs.length >> 1]!.toFixed(2),
    'worst ms': lateMs.at(-1)!.toFixed(2),
  };
}
console.table(overshoot);
for (const evaluator of [...demo, ...rbac, endless]) evaluator.close();
