/** docs/conformance.md from what the suite gave. */
import { readFileSync } from 'node:fs';
import { OPA_VERSION } from '../../src/authoring/opa-tool.ts';
import { EXCEPTIONS } from './compliance-exceptions.ts';
import { EVALUATORS, type EvaluatorName } from './compliance-run.ts';
import { type CaseReport, moduleDiffers } from './compliance-suite.ts';

/** From the root of the repository. */
export const PAGE = 'docs/conformance.md';

const NPM = '@open-policy-agent/opa-wasm';

/** How evaluators are called on the page and in what the command prints. */
export const TITLES: Readonly<Record<EvaluatorName, string>> = {
  wasm: 'Portcullis, WASM',
  plan: 'Portcullis, plan',
  npm: NPM,
};

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly excepted: number;
}

function countsOf(reports: readonly CaseReport[], evaluator: EvaluatorName): Counts {
  const of = (outcome: string): number =>
    reports.filter(({ verdicts }) => verdicts[evaluator].outcome === outcome).length;
  return { passed: of('passed'), failed: of('failed'), excepted: of('excepted') };
}

/** `N passed, N failed, N excepted`. */
export function countsLine(reports: readonly CaseReport[], evaluator: EvaluatorName): string {
  const { passed, failed, excepted } = countsOf(reports, evaluator);
  return `${passed} passed, ${failed} failed, ${excepted} excepted`;
}

/** The page as Markdown, not yet formatted. The same for the same outcome: no times, no places. */
export function conformancePage(reports: readonly CaseReport[]): string {
  return [
    introduction(reports.length),
    table(
      ['', 'Passed', 'Failed', 'Excepted'],
      EVALUATORS.map((name) => {
        const { passed, failed, excepted } = countsOf(reports, name);
        const title = name === 'npm' ? `npm \`${NPM}\` ${npmVersion()}` : TITLES[name];
        return [title, String(passed), String(failed), String(excepted)];
      }),
    ),
    '## Exceptions',
    EXCEPTIONS_TEXT,
    table(['Case', 'Evaluator', 'Why'], exceptionRows()),
    '## What passing does not say',
    `${words(reports)}\n\n${differences(reports)}\n\n${findings(reports)}`,
    '## How the npm package fails',
    NPM_TEXT,
    table(['Reason', 'Cases'], npmReasons(reports)),
    '## By directory',
    `Cases that pass, of those that each directory of the suite holds; \`+1\` is a case that is excepted.`,
    table(['Directory', 'Rego', 'Cases', 'WASM', 'Plan', 'npm'], directoryRows(reports)),
  ].join('\n\n');
}

function npmVersion(): string {
  const file = new URL(`../../node_modules/${NPM}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

const introduction = (cases: number): string => `# Conformance

OPA publishes its compliance suite with its source: ${cases.toLocaleString('en')} cases for Rego v0 and v1, each with modules, data,
input, a query and what OPA answers. Here every case's own query is compiled by OPA ${OPA_VERSION}, to a module and to a plan, and answered
by the WASM host, by the plan evaluator, and for comparison by the npm package for OPA's modules.

\`\`\`sh
npm run conformance                     # all of it, in half a minute; writes this page
npm run conformance -- units strings    # some directories; writes nothing
npm run conformance -- --alone          # compiles every case by itself; some minutes
\`\`\`

\`npm test\` runs the same, and fails when a case of ours fails, when an exception is no longer one, or when this page is not what the
run gives. The cases are read from OPA's Go module, which Go fetches; nothing of them is kept here.

- Cases are compiled many at a time, each moved below a package of its own. What does not pass so is compiled again, alone and as it
  stands, and only that counts.
- Results are compared as OPA's own runner for modules does it: solutions as a set, sets as sorted arrays, numbers by value.
- Where rules contradict each other, the evaluation has to fail as a conflict, and both evaluators have to name the same place.
- Where OPA errs with strict builtin errors only, the result has to be empty, and the plan evaluator has to have recorded the error.
- \`localhost\` is looked up in a table, and \`test.sleep\` does not sleep: the clock of an evaluation stands still anyway.`;

const EXCEPTIONS_TEXT = `OPA's run of its own modules leaves out nine cases. Seven of them pass here: the modules compute integers
beyond 64 bits exactly, and so does this host, which also answers \`format_int\` and \`json.unmarshal\` for them. The other two are wrong in
the module itself; the plan evaluator passes them.`;

const NPM_TEXT = `It is asked in the way that is best for it: data and input as JSON bytes, so that long numbers and inputs such as \`0\`
reach the module; a new instance after every throw; and since it hands out sets as arrays in any order, all arrays are compared without
their order.`;

function exceptionRows(): string[][] {
  const names = new Set(EVALUATORS.flatMap((evaluator) => [...EXCEPTIONS[evaluator].keys()]));
  return Array.from(names, (name) => {
    const evaluators = EVALUATORS.filter((evaluator) => EXCEPTIONS[evaluator].has(name));
    return [
      `\`${name}\``,
      evaluators.map((evaluator) => (evaluator === 'wasm' ? 'WASM' : evaluator)).join(', '),
      EXCEPTIONS[evaluators[0]!].get(name)!,
    ];
  });
}

function words(reports: readonly CaseReport[]): string {
  const asked = reports.filter(
    ({ words: asks, verdicts }) => asks !== undefined && verdicts.plan.outcome === 'passed',
  );
  const other = asked.filter((report) => report.words?.same === false);
  const names = new Set(other.map(({ one }) => `\`${one.name.slice(one.version.length + 1)}\``));
  return (
    `In ${asked.length} cases the error of a builtin is given in OPA's words. The error that the plan evaluator records has them in ` +
    `${asked.length - other.length}; it says it otherwise in ${[...names].join(', ')}.`
  );
}

function differences(reports: readonly CaseReport[]): string {
  const found = reports.filter(({ differs }) => differs);
  const folders = [...new Set(found.map(({ one }) => `\`${one.folder}\``))].sort();
  return (
    `Modules go through sets and objects in an order of their own, OPA and the plan evaluator in that of the values. In ` +
    `${found.length} cases both pass and yet give an array in another order, because the case sorts before it compares: in ` +
    `${folders.join(', ')}.`
  );
}

function findings(reports: readonly CaseReport[]): string {
  const differing = reports.filter(moduleDiffers);
  const found = differing.filter(({ foundInPlan }) => foundInPlan);
  return (
    `Where a module may answer otherwise than OPA ([module differences](module-differences.md)), its plan shows it: in ` +
    `${found.length} of the ${differing.length} cases in which the module differs here, by exception or by order.`
  );
}

function npmReasons(reports: readonly CaseReport[]): string[][] {
  const classes: readonly (readonly [RegExp, string])[] = [
    [/^builtin not offered/, 'calls a builtin that it does not have'],
    [/^unexpected error/, 'throws'],
    [/^expected an error/, 'gives a result instead of an error'],
    [/^expected/, 'gives another result'],
  ];
  const counts = new Map(classes.map(([, reason]) => [reason, 0]));
  for (const { verdicts } of reports) {
    const { outcome, why } = verdicts.npm;
    if (outcome === 'passed') continue;
    const reason = classes.find(([pattern]) => pattern.test(why!))?.[1] ?? 'other';
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return Array.from(counts, ([reason, count]) => [reason, String(count)]);
}

function directoryRows(reports: readonly CaseReport[]): string[][] {
  const groups = Map.groupBy(reports, ({ one }) => `${one.folder} ${one.version}`);
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group]) => {
      const { folder, version } = group[0]!.one;
      const cell = (evaluator: EvaluatorName): string => {
        const { passed, excepted } = countsOf(group, evaluator);
        return excepted === 0 ? String(passed) : `${passed} +${excepted}`;
      };
      return [folder, version, String(group.length), cell('wasm'), cell('plan'), cell('npm')];
    });
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
