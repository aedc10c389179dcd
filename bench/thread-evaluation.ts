/**
 * What an evaluation costs in a policy thread, against the thread that asks. `npx node bench/thread-evaluation.ts` prints
 * microseconds an evaluation: by the clock, one after the other, and of processor time, all threads together.
 */
import { systemClock } from '../src/clock.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { EvaluationFigures } from '../src/policy/evaluation-figures.ts';
import type { Evaluator } from '../src/policy/evaluator.ts';
import { createLocalEvaluator } from '../src/policy/local-evaluator.ts';
import { createThreadEvaluator } from '../src/policy/threads/thread-evaluator.ts';
import { policySet } from '../test/support/rego-module.ts';

const ROUNDS = 15;
const SMALL = 64;
const INPUT_BYTES = [SMALL, 2_000, 64_000];

const descriptor = await policySet({
  rego: `package work
decision if data.roles[input.role][_] == input.action
`,
  entrypoints: ['work/decision'],
});
const data = Buffer.from('{"roles":{"admin":["read","write"]}}');
const options = { builtins: BUILTINS, clock: systemClock };
const local = await createLocalEvaluator({ ...descriptor, dataJson: data }, options);
const startMs = performance.now();
const threads = createThreadEvaluator(
  { ...descriptor, dataJson: data },
  { ...options, maxThreads: 1, maxQueued: 1000, maxHeapBytes: 1 << 27, figures: new EvaluationFigures() },
);
let asked = 0;

const input = (bytes: number): Buffer =>
  Buffer.from(
    JSON.stringify({ role: 'admin', action: 'write', n: asked++, rest: 'x'.repeat(bytes - SMALL + 10) }),
  );

async function round(
  evaluator: Evaluator,
  bytes: number,
  atOnce: number,
  times: number,
): Promise<[number, number]> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  for (let i = 0; i < times; i += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        const time = { wallMs: 0, deadlineMs: systemClock.monotonicMs() + 60_000 };
        const { json } = await evaluator.evaluate('work/decision', input(bytes), time);
        if (json !== 'true') throw new Error('wrong answer');
      }),
    );
  }
  const { user, system } = process.cpuUsage(cpu);
  return [((performance.now() - startedMs) * 1000) / times, (user + system) / times];
}

const best = (rounds: readonly [number, number][], which: 0 | 1): string =>
  Math.min(...rounds.map((figures) => figures[which])).toFixed(1);

await round(threads, SMALL, 1, 1);
console.log(
  `first answer of a thread that had to be started: ${(performance.now() - startMs).toFixed(0)} ms`,
);
for (const bytes of INPUT_BYTES) {
  for (const [name, evaluator, atOnce] of [
    ['same thread', local, 1],
    ['policy thread', threads, 1],
    ['policy thread, 32 at once', threads, 32],
  ] as const) {
    const rounds: [number, number][] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round(evaluator, bytes, atOnce, 640));
    console.log(`${bytes} B, ${name}: ${best(rounds, 0)} µs by the clock, ${best(rounds, 1)} µs processor`);
  }
}
local.close();
await threads.ended();
