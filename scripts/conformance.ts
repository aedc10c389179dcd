/**
 * OPA's compliance suite on both evaluators and on the npm package: prints the counts and writes docs/conformance.md.
 * `--alone` compiles every case by itself; `--words` shows in which words builtins err otherwise than OPA's; names of
 * directories run only those and write nothing.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { opaTool } from '../src/authoring/opa-tool.ts';
import { opaModuleFolder, readCases } from '../test/support/compliance-cases.ts';
import { conformancePage, countsLine, PAGE, TITLES } from '../test/support/compliance-page.ts';
import { EVALUATORS } from '../test/support/compliance-run.ts';
import { moduleDiffers, OURS, runSuite, staleExceptions } from '../test/support/compliance-suite.ts';
import { formattedPage } from './formatted-page.ts';

const { values, positionals } = parseArgs({
  options: {
    alone: { type: 'boolean', default: false },
    words: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
await opaTool({ onInstall: (message) => console.error(message) });
const folder = await opaModuleFolder();
if (folder === undefined) {
  console.error("OPA's Go module, which holds the cases, cannot be had: install Go");
  process.exit(1);
}
const whole = positionals.length === 0;
const cases = readCases(folder, whole ? ['*'] : positionals);
if (cases.length === 0) {
  console.error(`no cases in ${positionals.join(', ')}`);
  process.exit(2);
}

const startMs = performance.now();
const reports = await runSuite(cases, {
  alone: values.alone,
  onProgress: (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${cases.length} cases`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r');

let mistakes = 0;
for (const evaluator of OURS) {
  for (const { one, verdicts } of reports) {
    if (verdicts[evaluator].outcome !== 'failed') continue;
    console.error(`${evaluator}: ${one.name}: ${verdicts[evaluator].why}`);
    mistakes++;
  }
}
for (const report of reports.filter((each) => moduleDiffers(each) && !each.foundInPlan)) {
  console.error(`${report.one.name}: the module differs from OPA here, and the plan does not show it`);
  mistakes++;
}
for (const exception of whole ? staleExceptions(reports) : []) {
  console.error(`${exception}: passes, and is no exception any more`);
  mistakes++;
}
for (const { one, words } of values.words ? reports : []) {
  if (words === undefined || words.same) continue;
  console.log(`${one.name}: expected the words ${words.wanted}, got ${words.given.join('; ')}`);
}
const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
console.log(`${cases.length} cases in ${seconds} s`);
for (const evaluator of EVALUATORS) console.log(`${TITLES[evaluator]}: ${countsLine(reports, evaluator)}`);
if (whole) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  await writeFile(join(root, PAGE), formattedPage(PAGE, conformancePage(reports)));
  console.log(`wrote ${PAGE}`);
}
if (mistakes > 0) process.exit(1);
