// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formattedPage } from '../scripts/formatted-page.ts';
import { opaModuleFolder, readCases } from './support/compliance-cases.ts';
import { conformancePage, countsLine, PAGE } from './support/compliance-page.ts';
import { EVALUATORS } from './support/compliance-run.ts';
import { moduleDiffers, OURS, runSuite, staleExceptions } from './support/compliance-suite.ts';

test("OPA's compliance suite, each case's own query, on both evaluators and the npm package", async (t) => {
  const folder = await opaModuleFolder();
  if (folder === undefined) {
    assert.equal(process.env['CI'], undefined, "OPA's Go module cannot be had: install Go");
    t.skip("needs Go, to read OPA's compliance cases from its published module");
    return;
  }
  const cases = readCases(folder, ['*']);
  assert.ok(cases.length > 4000, `${cases.length} cases`);
  const reports = await runSuite(cases);
  assert.equal(reports.length, cases.length);
  for (const evaluator of EVALUATORS) t.diagnostic(`${evaluator}: ${countsLine(reports, evaluator)}`);

  for (const evaluator of OURS) {
    const failed = reports.filter(({ verdicts }) => verdicts[evaluator].outcome === 'failed');
    assert.deepEqual(
      failed.map(({ one, verdicts }) => `${one.name}: ${verdicts[evaluator].why}`),
      [],
      evaluator,
    );
  }
  assert.deepEqual(staleExceptions(reports), [], 'these exceptions pass: remove them');

  const missed = reports.filter((report) => moduleDiffers(report) && !report.foundInPlan);
  assert.deepEqual(
    missed.map(({ one }) => one.name),
    [],
    'the module differs from OPA here, and the plan does not show it',
  );

  const page = await readFile(join(dirname(fileURLToPath(import.meta.url)), '..', PAGE), 'utf8');
  const written = formattedPage(PAGE, conformancePage(reports));
  assert.equal(page, written, `${PAGE} is not what the suite gives: run \`npm run conformance\``);
});
