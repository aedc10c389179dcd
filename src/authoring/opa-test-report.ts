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
