import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedSet } from '../../test/support/rego-plan.ts';
import { canonicalJson } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { type Footprint, type ReadTree, WHOLE } from '../policy/plan/footprint.ts';
import type { Plan } from '../policy/plan/ir.ts';
import { rememberPlan } from '../policy/plan/plan-of.ts';
import type { PreparedBundle } from './activation.ts';
import { withFootprints } from './footprints.ts';

const sees = (data: ReadTree): Footprint => ({
  input: WHOLE,
  data,
  effects: new Map(),
  clock: 'unread',
  fullReads: [],
});
const member = (key: string): ReadTree => ({ reads: 0, children: new Map([[key, WHOLE]]) });

test('the data is parsed once for the proof, however many trees see a part of it', async () => {
  const plan = {} as Plan;
  const bytes = Buffer.from('a plan');
  rememberPlan(bytes, plan);
  const paths = Array.from({ length: 10 }, (_, i) => `p/r${i}`);
  const data = Object.fromEntries(paths.map((path, i) => [path, { i }]));
  const set = plannedSet(bytes, paths, canonicalJson(data));
  const [module] = set.modules;
  const bundle = { name: 'b', bundle: { signed: true }, module, sequence: 1 } as unknown as PreparedBundle;
  const found = new Map(paths.map((path) => [path, sees(member(path))]));
  let parsed = 0;
  const { descriptor, unknown, seenData } = await withFootprints(
    set,
    [bundle],
    () => found,
    (...args) => {
      parsed++;
      return parseJson(...args);
    },
  );
  assert.equal(parsed, 1);
  assert.deepEqual([...unknown], []);
  assert.equal(new Set(descriptor.dataDigests!.values()).size, paths.length);
  for (const [i, path] of paths.entries())
    assert.equal(Buffer.from(seenData.get(path)!).toString(), `{"${path}":{"i":${i}}}`);
  assert.equal(descriptor.footprints!.get('p/r0')!.data, found.get('p/r0')!.data);
  assert.ok(plan);
});
