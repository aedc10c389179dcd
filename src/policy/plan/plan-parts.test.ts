// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleOf } from '../../../test/support/signed-bundles.ts';
import { PLAN_FILE } from '../../bundle/file-names.ts';
import { PortcullisError } from '../../errors.ts';
import { Pauses } from '../pauses.ts';
import { readPlanParts, splitPlan } from './plan-parts.ts';
import { readPlan } from './read-plan.ts';

/** So many rules that there are several pieces. */
const rules = Array.from(
  { length: 60 },
  (_, n) => `allow if {\n\tinput.n == ${n}.50\n\tf${n}(input.text)\n}\n\nf${n}(x) if x == "${n}"\n`,
);
const POLICY = `package p

# METADATA
# entrypoint: true
default allow := false

${rules.join('\n')}
big := 12345678901234567890
`;
const files = await bundleOf({ 'p.rego': POLICY, 'data.json': '{}' });
const bytes = files.find(({ path }) => path === PLAN_FILE)!.bytes;

test('a plan in pieces is the plan', async () => {
  const parts = splitPlan(bytes);
  assert.ok(parts.functionPieces > 1);
  let turns = 0;
  const pauses = new Pauses(0, () => turns++);
  assert.deepEqual(await readPlanParts(structuredClone(parts), pauses), readPlan(bytes));
  assert.ok(turns > parts.ends.length, 'other work has its turn');
});

test('pieces that do not belong together are refused', async () => {
  const parts = splitPlan(bytes);
  const without = { ...parts, ends: parts.ends.slice(0, -1), functionPieces: 0 };
  await assert.rejects(
    readPlanParts(without, new Pauses(1)),
    (thrown) => thrown instanceof PortcullisError && thrown.code === 'bundle_plan_invalid',
  );
  assert.throws(() => splitPlan(Buffer.from('[')), PortcullisError);
});
