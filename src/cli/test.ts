import { Command } from 'commander';
import { uncoveredPlaces } from '../authoring/coverage.ts';
import { type TestStep, testPolicies } from '../authoring/policy-test.ts';
import { PortcullisError } from '../errors.ts';
import { findOpa, type SourceOptions, sourcesOf, withSourceOptions } from './build.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';

interface TestOptions extends SourceOptions {
  readonly coverage?: string;
  readonly json?: boolean;
}

/** `test` */
export function testCommand(io: CliIo, exit: Exit): Command {
  return withSourceOptions(new Command('test'))
    .description("test policies: format, strict check, OPA's tests, and decision vectors on this engine")
    .option(
      '--coverage <percent>',
      "how much of the policies' lines the tests and vectors must run (default: not measured)",
    )
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .action(async (paths: readonly string[], options: TestOptions) => {
      const opaPath = await findOpa(io);
      const coverageThreshold = percentOf(options.coverage);
      const report = await testPolicies({ ...sourcesOf(io, paths, options), opaPath, coverageThreshold });
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
    if (step.coverage === undefined) continue;
    for (const place of uncoveredPlaces(step.coverage)) {
      printLine(io, `    ${place} is run by no test and no vector`);
    }
  }
}

function mark(io: CliIo, { passed }: TestStep): string {
  return passed ? paint(io, 'green', 'ok  ') : paint(io, ['red', 'bold'], 'FAIL');
}

function percentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(text);
  if (text !== '' && percent >= 0 && percent <= 100) return percent;
  throw new PortcullisError('usage', '--coverage: write a percentage from 0 to 100');
}
