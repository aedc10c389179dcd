import { Command } from 'commander';
import { type Footprints, footprintsOfArchive } from '../authoring/caching.ts';
import { uncoveredPlaces } from '../authoring/coverage.ts';
import { type TestStep, testPolicies } from '../authoring/policy-test.ts';
import { PortcullisError } from '../errors.ts';
import { findOpa, type SourceOptions, sourcesOf, withSourceOptions } from './build.ts';
import { readNamedFile } from './input.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';

interface TestOptions extends SourceOptions {
  readonly coverage?: string;
  readonly against?: string;
  readonly json?: boolean;
}

/** `test` */
export function testCommand(io: CliIo, exit: Exit): Command {
  return withSourceOptions(new Command('test'))
    .description(
      "test policies: format, strict check, OPA's tests, decision vectors on this engine, and caching",
    )
    .option(
      '--coverage <percent>',
      "how much of the policies' lines the tests and vectors must run (default: not measured)",
    )
    .option(
      '--against <archive>',
      'an older bundle of the same policies: warn of entrypoints whose answers are cached less than there',
    )
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .action(async (paths: readonly string[], options: TestOptions) => {
      const opaPath = await findOpa(io);
      const coverageThreshold = percentOf(options.coverage);
      const before = await footprintsOf(io, options.against);
      const build = sourcesOf(io, paths, options);
      const report = await testPolicies({ ...build, opaPath, coverageThreshold, before });
      if (wantsJson(io, options)) printJson(io, { passed: report.passed, steps: report.steps });
      else printSteps(io, report.steps);
      exit(report.passed ? 0 : 1);
    });
}

/** One line for each step, and below it what is wrong. */
export function printSteps(io: CliIo, steps: readonly TestStep[]): void {
  for (const step of steps) {
    printLine(io, `${mark(io, step)} ${step.name.padEnd(8)}  ${step.summary}`);
    if (step.details !== '') printLine(io, step.details.replace(/^/gm, '    '));
    for (const warning of step.warnings ?? []) printLine(io, `    ${warning}`);
    // What fails or warns says the same.
    const notes = step.passed && step.warnings === undefined ? step.notes : undefined;
    for (const note of notes ?? []) printLine(io, paint(io, 'dim', `    ${note}`));
    if (step.coverage === undefined) continue;
    for (const place of uncoveredPlaces(step.coverage)) {
      printLine(io, `    ${place} is run by no test and no vector`);
    }
  }
}

function mark(io: CliIo, { passed, warnings }: TestStep): string {
  if (passed && warnings !== undefined) return paint(io, 'yellow', 'warn');
  return passed ? paint(io, 'green', 'ok  ') : paint(io, ['red', 'bold'], 'FAIL');
}

async function footprintsOf(io: CliIo, against: string | undefined): Promise<Footprints | undefined> {
  return against === undefined ? undefined : footprintsOfArchive(await readNamedFile(io, against));
}

function percentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(text);
  if (text !== '' && percent >= 0 && percent <= 100) return percent;
  throw new PortcullisError('usage', '--coverage: write a percentage from 0 to 100');
}
