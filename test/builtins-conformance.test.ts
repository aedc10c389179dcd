// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComplianceCase, opaModuleFolder, readCases } from './support/compliance-cases.ts';
import { EXCEPTIONS } from './support/compliance-exceptions.ts';
import { compileCases } from './support/compliance-module.ts';
import { type Outcome, runCases } from './support/compliance-run.ts';

/** One build takes more than twice as long for twice as many. */
const CASES_PER_MODULE = 150;

test("OPA's compliance suite, each case's own query, on the WASM evaluator", async (t) => {
  const folder = await opaModuleFolder();
  if (folder === undefined) {
    assert.equal(process.env['CI'], undefined, "OPA's Go module cannot be had: install Go");
    t.skip("needs Go, to read OPA's compliance cases from its published module");
    return;
  }
  const cases = readCases(folder, ['*']);
  assert.ok(cases.length > 4000, `${cases.length} cases`);

  const versions = [cases.filter((one) => one.version === 'v0'), cases.filter((one) => one.version === 'v1')];
  const outcomes = (await Promise.all(versions.map(runInBatches))).flat();
  const judged = outcomes.filter(({ missing }) => missing.length === 0);
  const failed = judged.filter(({ failure }) => failure !== undefined);
  t.diagnostic(
    `${cases.length} cases: ${judged.length - failed.length} passed, ${failed.length} failed (all expected to), ` +
      `${outcomes.length - judged.length} left out for builtins not offered: ${missingOf(outcomes)}`,
  );
  assert.equal(outcomes.length, cases.length);
  const unexpected = failed.filter(({ one }) => !EXCEPTIONS.has(nameOf(one)));
  assert.deepEqual(
    unexpected.map(({ one, failure }) => `${one.name}: ${failure}`),
    [],
  );
  const stale = new Set(EXCEPTIONS.keys()).difference(new Set(failed.map(({ one }) => nameOf(one))));
  assert.deepEqual([...stale], [], 'these exceptions pass: remove them');
});

async function runInBatches(cases: readonly ComplianceCase[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from = 0; from < cases.length; from += CASES_PER_MODULE) {
    const compiled = await compileCases(cases.slice(from, from + CASES_PER_MODULE));
    outcomes.push(...(await runCases(compiled)));
    for (const [one, why] of compiled.refused) outcomes.push({ one, failure: why, missing: [] });
  }
  return outcomes;
}

function nameOf(one: ComplianceCase): string {
  return one.name.slice(one.version.length + 1);
}

/** The builtins that cases called in vain, with the number of cases. */
function missingOf(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const name of outcomes.flatMap(({ missing }) => missing))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return Array.from(counts, ([name, count]) => `${name} ${count}`)
    .sort()
    .join(', ');
}
