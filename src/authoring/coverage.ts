import type { SourceFile } from './sources.ts';

/** A head of a rule or an expression, as OPA counts coverage. Rows and columns count from 1; the end is beyond the last column. */
export interface SourceRange {
  readonly start: { readonly row: number; readonly col: number };
  readonly end: { readonly row: number; readonly col: number };
}

/** Lines from 1, both included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

interface LineCoverage {
  /** 0 to 100; of the lines that can run. */
  readonly percent: number;
  readonly uncovered: readonly LineRange[];
}

export interface FileCoverage extends LineCoverage {
  /** The author's file. */
  readonly file: string;
  /** How many lines can run. */
  readonly lines: number;
  /** Without the decision vectors. */
  readonly byTests: LineCoverage;
}

/** Which lines of the policies, tests apart, OPA's tests and the decision vectors ran. */
export interface Coverage {
  /** 0 to 100; where nothing can run: 0. */
  readonly percent: number;
  /** By OPA's tests alone. */
  readonly percentByTests: number;
  readonly files: readonly FileCoverage[];
}

interface OpaFileCoverage {
  readonly covered?: readonly SourceRange[];
  readonly not_covered?: readonly SourceRange[];
}

/** Whether something else than OPA's tests ran a range of a file; `path` is the file's place in the bundle. */
export type RanElsewhere = (path: string, range: SourceRange) => boolean;

/**
 * Reads what `opa test --coverage --format json` reports. A line is covered when all that begins, ends or goes on there ran,
 * by the tests or elsewhere.
 */
export function readCoverage(
  stdout: Buffer,
  sources: readonly SourceFile[],
  ranElsewhere: RanElsewhere = () => false,
): Coverage {
  const { files: reported = {} } = JSON.parse(stdout.toString('utf8')) as {
    files?: Record<string, OpaFileCoverage>;
  };
  let lines = 0;
  let missed = 0;
  let missedByTests = 0;
  const files = sources.filter(isPolicy).map(({ path, file }): FileCoverage => {
    const { covered = [], not_covered: byTests = [] } = reported[path] ?? {};
    const all = rowsOf([...covered, ...byTests]).size;
    const rowsByTests = rowsOf(byTests);
    const rows = rowsOf(byTests.filter((range) => !ranElsewhere(path, range)));
    lines += all;
    missed += rows.size;
    missedByTests += rowsByTests.size;
    const { percent, uncovered } = lineCoverage(rows, all);
    return { file, lines: all, percent, uncovered, byTests: lineCoverage(rowsByTests, all) };
  });
  // Where no policy can run anything, nothing was shown.
  const ran = (count: number): number => (lines === 0 ? 0 : (100 * (lines - count)) / lines);
  return { percent: ran(missed), percentByTests: ran(missedByTests), files };
}

/** `file:3` or `file:3-5` for all that neither tests nor vectors run. */
export function uncoveredPlaces({ files }: Coverage): string[] {
  return files.flatMap(({ file, uncovered }) =>
    uncovered.map(({ first, last }) => `${file}:${first}${last === first ? '' : `-${last}`}`),
  );
}

function isPolicy({ path }: SourceFile): boolean {
  return path.endsWith('.rego') && !path.endsWith('_test.rego');
}

function rowsOf(ranges: readonly SourceRange[]): Set<number> {
  const rows = new Set<number>();
  for (const { start, end } of ranges) for (let row = start.row; row <= end.row; row++) rows.add(row);
  return rows;
}

function lineCoverage(missed: ReadonlySet<number>, lines: number): LineCoverage {
  const uncovered: { first: number; last: number }[] = [];
  for (const row of [...missed].sort((a, b) => a - b)) {
    const before = uncovered.at(-1);
    if (before?.last === row - 1) before.last = row;
    else uncovered.push({ first: row, last: row });
  }
  return { percent: lines === 0 ? 100 : (100 * (lines - missed.size)) / lines, uncovered };
}
