// needs: opa
/**
 * What a question costs, counted in verifications. A rule that is undefined is not remembered within an evaluation: mentioned
 * ten times, it verifies a forged token ten times.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBundle } from '../src/authoring/build.ts';
import { systemClock } from '../src/clock.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import type { Builtin } from '../src/policy/builtins/builtin.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { compileModule } from '../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';

const policies = join(import.meta.dirname, '../policies');

/** The most that one question may call of each: a token is verified again only to tell a wrong time from a wrong signature. */
const BUDGET: Readonly<Record<string, number>> = {
  'io.jwt.decode_verify': 2,
  'io.jwt.decode': 1,
  'crypto.hmac.sha256': 1,
};

test('no question of the decision vectors verifies a credential more often than needed', async (t) => {
  const sources = ['lib', 'gateway', 'mesh', 'shop'].map((folder) => join(policies, folder));
  const { bundle, vectors } = await buildBundle({ sources, base: policies });
  const calls: Record<string, number> = {};
  const counting = new Map(
    [...BUILTINS].map(([name, builtin]): [string, Builtin] => [
      name,
      {
        ...builtin,
        call: (...args) => {
          calls[name] = (calls[name] ?? 0) + 1;
          return builtin.call(...args);
        },
      },
    ]),
  );
  const module = bundle.module!;
  const compiled = await compileModule('cost', module.bytes, new Set(counting.keys()));
  const evaluator = await createWasmEvaluator(
    {
      name: 'cost',
      modules: [compiled],
      dataJson: Buffer.from(canonicalJson(bundle.data.document)),
      entrypoints: module.entrypoints,
      defaultEntrypoint: undefined,
      policyDigest: compiled.digest,
      dataDigest: '',
      revisions: {},
      activatedAtMs: 0,
    },
    { builtins: counting, clock: systemClock, maxInputDepth: 64 },
  );
  t.after(() => evaluator.close());
  const most: Record<string, number> = {};
  for (const { name, entrypoint, inputJson, nowMs } of vectors) {
    for (const builtin of Object.keys(BUDGET)) calls[builtin] = 0;
    const wallMs = nowMs ?? systemClock.wallMs();
    await evaluator.evaluate(entrypoint, inputJson, { wallMs, deadlineMs: Infinity });
    for (const [builtin, limit] of Object.entries(BUDGET)) {
      const count = calls[builtin] ?? 0;
      assert.ok(count <= limit, `${name}: ${builtin} ${count} times`);
      most[builtin] = Math.max(most[builtin] ?? 0, count);
    }
  }
  assert.deepEqual(most, BUDGET);
});
