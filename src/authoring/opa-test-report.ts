import type { SourceFile } from './sources.ts';

/** One test of `opa test --format json`. */
interface TestResult {
  readonly fail?: boolean;
  readonly error?: unknown;
  readonly skip?: boolean;
}

/** Counts what `opa test --format json` reports. Anything else it wrote is a failure to run. */
export function summariseTests(stdout: Buffer): { passed: boolean; summary: string } {
  let results: TestResult[];
  try {
    results = JSON.parse(stdout.toString('utf8')) as TestResult[];
  } catch {
    return { passed: false, summary: 'the tests could not run' };
  }
  const failed = results.filter((result) => result.fail === true || result.error !== undefined).length;
  const skipped = results.filter((result) => result.skip === true).length;
  if (failed > 0) return { passed: false, summary: `${failed} of ${results.length} tests failed` };
  if (results.length === 0) return { passed: true, summary: 'no tests' };
  const also = skipped === 0 ? '' : `, ${skipped} skipped`;
  return { passed: true, summary: `${results.length - skipped} tests passed${also}` };
}

interface FileCoverage {
  readonly covered_lines?: number;
  readonly not_covered_lines?: number;
  readonly not_covered?: readonly {
    readonly start: { readonly row: number };
    readonly end: { readonly row: number };
  }[];
}

/** How much of the policies, tests apart, the tests ran (nothing ran: 0), and the places they did not. */
export function summariseCoverage(
  stdout: Buffer,
  sources: readonly SourceFile[],
): { percent: number; uncovered: string[] } {
  const { files = {} } = JSON.parse(stdout.toString('utf8')) as { files?: Record<string, FileCoverage> };
  let covered = 0;
  let total = 0;
  const uncovered = new Set<string>();
  for (const { path, file } of sources.filter(isPolicy)) {
    const {
      covered_lines: run = 0,
      not_covered_lines: missed = 0,
      not_covered: places = [],
    } = files[path] ?? {};
    covered += run;
    total += run + missed;
    for (const { start, end } of places) {
      uncovered.add(
        `${file}:${start.row}${end.row === start.row ? '' : `-${end.row}`} is not run by any test`,
      );
    }
  }
  return { percent: total === 0 ? 0 : (100 * covered) / total, uncovered: [...uncovered] };
}

function isPolicy({ path }: SourceFile): boolean {
  return path.endsWith('.rego') && !path.endsWith('_test.rego');
}
