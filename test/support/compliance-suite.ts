/** The whole of OPA's compliance suite on all evaluators. */
import { availableParallelism } from 'node:os';
import type { ComplianceCase, RegoVersion } from './compliance-cases.ts';
import { EXCEPTIONS } from './compliance-exceptions.ts';
import { judge, otherConflict, sameSolutions, type Words, wordsOf } from './compliance-judge.ts';
import { type Compilation, compileAlone, compileTogether } from './compliance-module.ts';
import { answersOf, type CaseAnswers, EVALUATORS, type EvaluatorName } from './compliance-run.ts';

/** One build takes more than twice as long for twice as many. */
const CASES_PER_BUILD = 150;

/** Those that have to pass. */
export const OURS: readonly ('wasm' | 'plan')[] = ['wasm', 'plan'];

export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'excepted';
  /** Why not passed. */
  readonly why?: string;
}

export interface CaseReport {
  readonly one: ComplianceCase;
  readonly verdicts: Readonly<Record<EvaluatorName, Verdict>>;
  /** WASM and plan both pass, and yet order what they found in another way. */
  readonly differs: boolean;
  /** Its plan shows that the module may answer otherwise than OPA. */
  readonly foundInPlan: boolean;
  /** In which words a builtin of the plan evaluator erred; undefined when the case asks for none. */
  readonly words: Words | undefined;
}

export interface SuiteOptions {
  /** Compile each case by itself from the start: ten times the builds, and the same counts. */
  readonly alone?: boolean;
  readonly onProgress?: (done: number, of: number) => void;
}

/** In the order of the cases. */
export async function runSuite(
  cases: readonly ComplianceCase[],
  options: SuiteOptions = {},
): Promise<CaseReport[]> {
  const reports = new Map<ComplianceCase, CaseReport>();
  const batches = options.alone === true ? cases.map((one) => [one]) : batchesOf(cases);
  const take = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      for (const report of await runBatch(batch)) reports.set(report.one, report);
      options.onProgress?.(reports.size, cases.length);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, take));
  return cases.map((one) => reports.get(one)!);
}

function batchesOf(cases: readonly ComplianceCase[]): ComplianceCase[][] {
  const batches: ComplianceCase[][] = [];
  for (const version of ['v0', 'v1'] satisfies RegoVersion[]) {
    const ofVersion = cases.filter((one) => one.version === version);
    for (let from = 0; from < ofVersion.length; from += CASES_PER_BUILD) {
      batches.push(ofVersion.slice(from, from + CASES_PER_BUILD));
    }
  }
  return batches;
}

/** What does not pass below a package of its own counts as it is when the case is compiled as it stands. */
async function runBatch(cases: readonly ComplianceCase[]): Promise<CaseReport[]> {
  const [only, ...others] = cases;
  if (only !== undefined && others.length === 0) return runCompilation(await compileAlone(only));
  const reports = await runCompilation(await compileTogether(cases));
  const final: CaseReport[] = [];
  for (const report of reports) {
    const passed = OURS.every((evaluator) => report.verdicts[evaluator].outcome === 'passed');
    final.push(...(passed ? [report] : await runCompilation(await compileAlone(report.one))));
  }
  return final;
}

async function runCompilation({ compiled, refused }: Compilation): Promise<CaseReport[]> {
  const answers = compiled === undefined ? new Map<ComplianceCase, CaseAnswers>() : await answersOf(compiled);
  return [
    ...Array.from(refused, ([one, words]) =>
      reportOf(one, () => `the compiler refuses it: ${words}`, undefined),
    ),
    ...Array.from(answers, ([one, given]) => reportOf(one, (name) => whyNot(one, given, name), given)),
  ];
}

function whyNot(one: ComplianceCase, answers: CaseAnswers, name: EvaluatorName): string | undefined {
  const why = judge(one, answers[name]);
  return why === undefined && name === 'plan' ? otherConflict(answers.wasm, answers.plan) : why;
}

function reportOf(
  one: ComplianceCase,
  whyNotOf: (name: EvaluatorName) => string | undefined,
  answers: CaseAnswers | undefined,
): CaseReport {
  const verdict = (name: EvaluatorName): Verdict => {
    const why = whyNotOf(name);
    if (why === undefined) return { outcome: 'passed' };
    return EXCEPTIONS[name].has(nameOf(one)) ? { outcome: 'excepted', why } : { outcome: 'failed', why };
  };
  const verdicts = Object.fromEntries(EVALUATORS.map((name) => [name, verdict(name)]));
  const both = verdicts['wasm']?.outcome === 'passed' && verdicts['plan']?.outcome === 'passed';
  return {
    one,
    verdicts: verdicts as CaseReport['verdicts'],
    differs: both && answers !== undefined && !sameSolutions(answers.wasm, answers.plan),
    foundInPlan: answers?.foundInPlan === true,
    words: answers === undefined ? undefined : wordsOf(one, answers.plan),
  };
}

/** The module answers otherwise than the plan evaluator, which answers as OPA. */
export function moduleDiffers({ verdicts: { wasm, plan }, differs }: CaseReport): boolean {
  return differs || (wasm.outcome !== 'passed' && plan.outcome === 'passed');
}

/** As exceptions name it: for both Rego versions. */
function nameOf(one: ComplianceCase): string {
  return one.name.slice(one.version.length + 1);
}

/** Exceptions whose cases all pass, as `evaluator: name`. */
export function staleExceptions(reports: readonly CaseReport[]): string[] {
  return EVALUATORS.flatMap((evaluator) => {
    const used = reports.filter(({ verdicts }) => verdicts[evaluator].outcome === 'excepted');
    const names = new Set(used.map(({ one }) => nameOf(one)));
    return [...EXCEPTIONS[evaluator].keys()]
      .filter((name) => !names.has(name))
      .map((name) => `${evaluator}: ${name}`);
  });
}
