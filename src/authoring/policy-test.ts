import { toPortcullisError } from '../errors.ts';
import { type BuildOptions, type BuiltBundle, buildBundle } from './build.ts';
import { type Footprints, reportCaching } from './caching.ts';
import { compilePlan, describePlan } from './compile-plan.ts';
import { type Coverage, type RanElsewhere, readCoverage } from './coverage.ts';
import { summariseTests } from './opa-test-report.ts';
import { replayVectors } from './replay.ts';
import { readSources, type SourceFile, type Sources } from './sources.ts';
import { inScratchFolder, runStaged, type StagedRun, stage } from './staging.ts';
import { rangesRunByVectors } from './vector-coverage.ts';

export interface PolicyTestOptions extends BuildOptions {
  /** Percentage of the policies' lines that the tests and vectors must run; not measured when left out. */
  readonly coverageThreshold?: number | undefined;
  /** False leaves out format and strict check, for whoever asks {@link lintPolicies} later. */
  readonly lint?: boolean;
  /** What the entrypoints of an older build could depend on: what is cached less than there is warned of. */
  readonly before?: Footprints | undefined;
}

/** One thing that was tried. */
export interface TestStep {
  readonly name: 'format' | 'check' | 'tests' | 'coverage' | 'build' | 'vectors' | 'cache';
  readonly passed: boolean;
  /** In a few words: `34 tests passed`. */
  readonly summary: string;
  /** What is wrong, line by line; empty when it passed. */
  readonly details: string;
  /** What is not good, but keeps no policy from being shipped. */
  readonly warnings?: readonly string[];
  /** What is worth knowing, and may well be meant. */
  readonly notes?: readonly string[];
  /** What coverage found. */
  readonly coverage?: Coverage;
}

export interface PolicyTestReport {
  readonly passed: boolean;
  readonly steps: readonly TestStep[];
  /** Undefined when it could not be built. */
  readonly bundle: BuiltBundle | undefined;
}

/**
 * Tests policies as far as can be told before they are shipped: their format, OPA's strict check, OPA's tests with
 * coverage, the decision vectors on the engine that will answer, and how well answers can be cached. All steps are taken, whatever fails.
 * Throws PortcullisError `opa_unavailable` and `io_failed` only.
 */
export async function testPolicies(options: PolicyTestOptions): Promise<PolicyTestReport> {
  const sources = await readSources(options.sources, options.base);
  const files = [...sources.rego, ...sources.tests, ...sources.data];
  return inScratchFolder(async (folder) => {
    const staged = await stageAll(files, folder, options);
    const building = build(options);
    const [built, ...checked] = await Promise.all([
      building,
      options.lint === false ? undefined : format(staged),
      options.lint === false ? undefined : check(staged),
      tests(staged),
      coverage(staged, sources, options, building),
    ]);
    const asked = await vectors(built.bundle);
    const steps = [...checked, built.step, asked, caching(built.bundle, options)].filter(
      (step) => step !== undefined,
    );
    return { passed: steps.every((step) => step.passed), steps, bundle: built.bundle };
  });
}

/** Format and strict check alone: what keeps no policy from working. */
export async function lintPolicies(options: BuildOptions): Promise<TestStep[]> {
  const sources = await readSources(options.sources, options.base);
  const files = [...sources.rego, ...sources.tests, ...sources.data];
  return inScratchFolder(async (folder) => {
    const staged = await stageAll(files, folder, options);
    return Promise.all([format(staged), check(staged)]);
  });
}

/** Sources in a folder where OPA can be run on them. */
interface Staged {
  readonly files: readonly SourceFile[];
  readonly run: (...args: readonly string[]) => Promise<StagedRun>;
}

async function stageAll(
  files: readonly SourceFile[],
  folder: string,
  { opaPath }: BuildOptions,
): Promise<Staged> {
  await stage(folder, files);
  return { files, run: (...args) => runStaged(files, folder, args, opaPath) };
}

async function format({ run }: Staged): Promise<TestStep> {
  const { ok, message } = await run('fmt', '--list', '--fail', '.');
  const details = message.replace(/\n?unexpected diff/, '');
  return ok
    ? step('format', true, 'formatted as `opa fmt` does')
    : step('format', false, 'not formatted: run `opa fmt --write`', details);
}

async function check({ run }: Staged): Promise<TestStep> {
  const { ok, message } = await run('check', '--strict', '--bundle', '.');
  return ok
    ? step('check', true, '`opa check --strict` found nothing')
    : step('check', false, 'mistakes found', message);
}

/** Each test may take longer than OPA's own 5 s: measuring coverage slows them down, and so do busy machines. */
const TEST = ['test', '--bundle', '.', '--timeout', '60s'] as const;

async function tests({ run }: Staged): Promise<TestStep> {
  const { stdout } = await run(...TEST, '--format', 'json');
  const { passed, summary } = summariseTests(stdout);
  if (passed) return step('tests', true, summary);
  // The report for people says more: what was printed, and where.
  const { message } = await run(...TEST);
  return step('tests', false, summary, message);
}

async function coverage(
  { files, run }: Staged,
  sources: Sources,
  options: PolicyTestOptions,
  building: ReturnType<typeof build>,
): Promise<TestStep | undefined> {
  const { coverageThreshold: threshold } = options;
  if (threshold === undefined) return undefined;
  const [measured, ranByVectors] = await Promise.all([
    run(...TEST, '--coverage', '--format', 'json'),
    building.then(({ bundle }) => vectorCoverage(bundle, sources, options)),
  ]);
  if (!measured.ok) return step('coverage', false, 'not measured, since tests fail');
  const found = readCoverage(measured.stdout, files, ranByVectors);
  const { percent, percentByTests } = found;
  const also = ranByVectors === undefined ? '' : `, ${percent.toFixed(1)} % with vectors`;
  const summary = `${percentByTests.toFixed(1)} % of the policies' lines by tests${also}, ${threshold} % wanted`;
  return { ...step('coverage', percent >= threshold, summary), coverage: found };
}

/** Undefined where no vectors can be asked. */
async function vectorCoverage(
  built: BuiltBundle | undefined,
  sources: Sources,
  { opaPath }: PolicyTestOptions,
): Promise<RanElsewhere | undefined> {
  if (built === undefined || built.vectors.length === 0) return undefined;
  // Not the bundle's plan: it is made without the print calls, which OPA counts.
  const compiled = await compilePlan(sources, built.entrypoints, opaPath);
  return rangesRunByVectors(describePlan(compiled, sources, built.bundle.data.document), built.vectors);
}

async function build(options: BuildOptions): Promise<{ step: TestStep; bundle: BuiltBundle | undefined }> {
  try {
    const bundle = await buildBundle(options);
    return { step: step('build', true, `entrypoints ${bundle.entrypoints.join(', ')}`), bundle };
  } catch (thrown) {
    const error = toPortcullisError(thrown);
    if (error.code === 'opa_unavailable' || error.code === 'io_failed') throw error;
    return { step: step('build', false, error.code, error.message), bundle: undefined };
  }
}

async function vectors(bundle: BuiltBundle | undefined): Promise<TestStep | undefined> {
  if (bundle === undefined) return undefined;
  if (bundle.vectors.length === 0) return step('vectors', true, 'no decision vectors');
  const { failures, fromCache } = await replayVectors(bundle);
  const count = `${bundle.vectors.length} decision vectors`;
  return failures.length === 0
    ? step(
        'vectors',
        true,
        `${count} answered as expected, uncached and cached (${fromCache} from the cache)`,
      )
    : step('vectors', false, `${count}, wrong answers: ${failures.length}`, failures.join('\n'));
}

function caching(bundle: BuiltBundle | undefined, { before }: PolicyTestOptions): TestStep | undefined {
  if (bundle === undefined || bundle.entrypoints.length === 0) return undefined;
  const { summary, notes, broken, losses } = reportCaching(bundle, before);
  return {
    ...step('cache', broken.length === 0, summary, broken.join('\n')),
    ...(losses.length > 0 && { warnings: losses }),
    ...(notes.length > 0 && { notes }),
  };
}

function step(name: TestStep['name'], passed: boolean, summary: string, details = ''): TestStep {
  return { name, passed, summary, details };
}
