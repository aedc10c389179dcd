// needs: opa
/** Generated policies and inputs: the plan answers as OPA, and where a module does not, its plan shows it. See docs/generated-policies.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../src/json/value.ts';
import { runMutations } from './support/demo-policies.ts';
import { type Outcome, outcomeOf } from './support/generated-comparison.ts';
import { judge } from './support/generated-run.ts';
import { runSeries, type Series, seriesText, shrunk, verdictText } from './support/generated-series.ts';
import { PLANTED_FAULTS } from './support/planted-faults.ts';
import { shrink } from './support/rego-shrinking.ts';

const DEMO_SEED = 1;

async function explained(series: Series): Promise<void> {
  const [first] = series.unexplained;
  if (first !== undefined) assert.fail(verdictText(await shrunk(first)));
  const tooLong = series.counts.get('too long') ?? 0;
  assert.ok(tooLong < series.pairs / 100, `${tooLong} of ${series.pairs} pairs take too long`);
  const excused = (series.counts.get('stops early') ?? 0) + (series.counts.get('OPA errs') ?? 0);
  assert.ok(
    excused < series.pairs / 25,
    `${excused} of ${series.pairs} pairs have no answer of OPA to compare with`,
  );
}

test('policies that are the same every time', async () => {
  const series = await runSeries(1, 500, { faults: PLANTED_FAULTS });
  await explained(series);
  // It could fail: each of these is seen by itself.
  for (const { name } of PLANTED_FAULTS) assert.ok((series.faults.get(name) ?? 0) > 0, `not found: ${name}`);
  // What is compared is worth it: most pairs have an answer that all give, and others meet what modules do otherwise.
  assert.ok((series.counts.get('equal') ?? 0) > series.pairs / 2, seriesText(series));
  assert.ok((series.counts.get('found') ?? 0) > 5, seriesText(series));
  assert.ok(series.failing < series.pairs / 5, seriesText(series));
});

test("the demo's policies: plan and module answer alike where inputs are not what was expected", async () => {
  const { asked, changed, entrypoints, differences } = await runMutations(DEMO_SEED, 300);
  assert.deepEqual(differences, []);
  assert.ok(changed > asked / 4, `${changed} of ${asked} answers changed`);
  assert.equal(entrypoints.size, 8);
});

test('a policy is made small while something stays true of it', async () => {
  const rego = [
    'package g',
    'r0 := [1, {2}] if {\n  input.x\n  sum(input.xs) == 0\n}',
    'r1 := 2',
    'out["r0"] := r0',
  ];
  const holding = (texts: readonly string[]): Promise<Set<string>> =>
    Promise.resolve(new Set(texts.filter((text) => text.includes('r0 := ') && text.includes('sum('))));
  const small = await shrink(rego.join('\n\n'), holding);
  assert.equal(small.includes('r1'), false);
  assert.equal(small.includes('input.x\n'), false);
  assert.ok(small.length < rego.join('\n\n').length / 1.3, small);
});

/** What generated policies found: see docs/generated-policies.md. */
const FOUND: readonly (readonly [rule: string, input: JsonValue, outcome: Outcome])[] = [
  [
    'r0 if input.b\n\nr0 if count({"x": e | some e in input.xs}) == 1',
    { b: true, xs: [1, 2] },
    'stops early',
  ],
  [
    'r0 if {\n  count({"x": e | some e in input.xs}) == 1\n  input.n == 2\n}',
    { n: 1, xs: [1, 2] },
    'stops early',
  ],
  [
    'r0 if {\n  some e in input.xs\n  y := {x | e >= 1; e == 1; x := input.u}\n  count(y) == 1\n}',
    { u: 'k', xs: [1, 2] },
    'OPA errs',
  ],
  ['r0 := [x | some x in {"b", "c", "a"}]', {}, 'found'],
  ['r0 := sort(input.xs)', { xs: [] }, 'equal'],
  ['r0 := sort(input.xs)', { xs: [2, 1] }, 'equal'],
];

test('what they found stays so', async () => {
  const policies = FOUND.map(([rule, input], i) => ({
    name: `g${i}`,
    rego: `package g${i}\n\n${rule}\n\nout["r0"] := r0`,
    members: new Map(),
    careful: true,
    inputs: [input],
  }));
  const { verdicts } = await judge(policies);
  assert.deepEqual(
    verdicts.map((verdict) => outcomeOf(verdict)),
    FOUND.map(([, , outcome]) => outcome),
  );
});
