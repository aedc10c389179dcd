// needs: opa
/**
 * Projected equals full: what an entrypoint answers from what its footprint shows of input and data is what it answers from all of
 * them, in the plan and in the module; and inputs with equal keys have equal answers.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../src/json/value.ts';
import { FULL } from '../src/policy/plan/footprint.ts';
import type { Bench } from './support/footprint-bench.ts';
import { casesWithInput, visitCases } from './support/footprint-cases.ts';
import { type Asked, differenceText, FootprintCheck } from './support/footprint-check.ts';
import { readCorpus } from './support/footprint-corpus.ts';
import { readDemo } from './support/footprint-demo.ts';
import {
  footprintSeriesText,
  generatedDifferenceText,
  runFootprints,
} from './support/footprint-generated.ts';
import { inputFrom, variantsOf } from './support/footprint-inputs.ts';
import { trapInput } from './support/footprint-trap-inputs.ts';
import { trapBench } from './support/footprint-traps.ts';
import { Choices } from './support/rego-choices.ts';

const SEED = 1;

/** An entrypoint asked for its inputs, for some near them, and for some of the shape that its footprint asks for. */
function attack(
  bench: Bench,
  entrypoint: string,
  asked: readonly Asked[],
  constants: readonly JsonValue[],
  variants: number,
): FootprintCheck {
  const check = new FootprintCheck(bench, entrypoint);
  const choices = new Choices(SEED);
  for (const one of asked) {
    check.ask(one);
    for (const input of variantsOf(choices, one.input, constants, variants)) check.ask({ ...one, input });
  }
  const { input: tree } = bench.footprints.get(entrypoint)!;
  for (let i = 0; i < variants; i++) check.ask({ input: inputFrom(choices, tree, constants) });
  return check;
}

/** Of all checks together: no difference, and enough that could have shown one. */
function nothingDiffers(checks: readonly FootprintCheck[], least: { asked: number; shared: number }): void {
  const differences = checks.flatMap((check) => check.differences);
  assert.deepEqual(differences.slice(0, 5).map(differenceText), [], `${differences.length} differ`);
  const sum = (count: (check: FootprintCheck) => number): number =>
    checks.reduce((total, check) => total + count(check), 0);
  assert.ok(sum(({ asked }) => asked) >= least.asked, `${sum(({ asked }) => asked)} asked`);
  assert.ok(sum(({ shared }) => shared) >= least.shared, `${sum(({ shared }) => shared)} share their key`);
}

test("OPA's compliance cases that can see an input", async (t) => {
  const cases = await casesWithInput();
  if (cases === undefined) {
    assert.equal(process.env['CI'], undefined, "OPA's Go module cannot be had: install Go");
    t.skip("needs Go, to read OPA's compliance cases from its published module");
    return;
  }
  const checks: FootprintCheck[] = [];
  const refused = await visitCases(cases, ({ bench, entrypoint, input, constants }) => {
    checks.push(attack(bench, entrypoint, [{ input }], constants, 12));
  });
  assert.equal(refused, 0);
  assert.ok(checks.length > 600, `${checks.length} cases`);
  nothingDiffers(checks, { asked: 10_000, shared: 4_000 });
});

test('the corpus', async (t) => {
  const { bench, entrypoints } = await readCorpus({ module: true });
  t.after(() => bench.close());
  assert.ok(new Set(entrypoints.map(({ policy }) => policy)).size >= 32);
  const checks = entrypoints.map(({ entrypoint, asked, constants }) => {
    const check = attack(bench, entrypoint, asked, constants, 20);
    assert.ok(check.answers > 1, `${entrypoint} has one answer to all of its inputs`);
    return check;
  });
  nothingDiffers(checks, { asked: 10_000, shared: 3_000 });
});

test("the demo's bundle", async (t) => {
  const { bench, entrypoints } = await readDemo();
  t.after(() => bench.close());
  assert.equal(entrypoints.length, 8);
  const checks = entrypoints.map(({ entrypoint, asked, constants }) =>
    attack(bench, entrypoint, asked, constants, 2),
  );
  nothingDiffers(checks, { asked: 1_000, shared: 100 });
});

test('what has gone wrong in analyses like this one', async (t) => {
  const { bench, traps } = await trapBench();
  t.after(() => bench.close());
  const choices = new Choices(SEED);
  const inputs = Array.from({ length: 120 }, () => trapInput(choices));
  const checks = Array.from(traps.keys(), (entrypoint) => {
    const check = new FootprintCheck(bench, entrypoint);
    for (const input of inputs) check.ask({ input });
    return check;
  });
  nothingDiffers(checks, { asked: 20_000, shared: 5_000 });
  assert.ok(checks.filter(({ answers }) => answers > 1).length > checks.length * 0.9);
});

test('policies written at random', async () => {
  const series = await runFootprints(SEED, 8_000, { forget: true });
  const [first] = series.differences;
  if (first !== undefined) assert.fail(generatedDifferenceText(first));
  assert.ok(series.shared > series.asked / 4, footprintSeriesText(series));
  assert.ok(series.whole < series.entrypoints / 10, footprintSeriesText(series));
  // It could fail: many of those that forget something are found out, though what they forget may not matter.
  assert.ok(series.foundOut > series.forgetful / 5, `${series.foundOut} of ${series.forgetful}`);
});

test('footprints are finite where they can be', async (t) => {
  const { bench, entrypoints } = await readCorpus({ module: false });
  t.after(() => bench.close());
  const whole = entrypoints.filter(
    ({ entrypoint }) => (bench.footprints.get(entrypoint)!.input.reads & FULL) !== 0,
  );
  assert.deepEqual(
    whole.map(({ entrypoint }) => entrypoint),
    ['corpus/echo/digest'],
  );
});
