/** Runs h2spec and reads its report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../../src/authoring/run-process.ts';
import { h2spec } from '../support/wire-tools.ts';

export interface H2specReport {
  /** Cases that ran, those skipped among them, and what h2spec itself counted. */
  readonly cases: number;
  readonly counted: number;
  /** `section: what it sends: what came instead`. */
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

// The report is no XML: texts in it are not escaped.
const CASE = /<testcase package="(.*?)" classname="(.*?)" time="[^"]*">(.*?)<\/testcase>/gs;
const TOTAL = /^(\d+) tests, \d+ passed, \d+ skipped, \d+ failed$/m;

/** All cases, the strict ones too, against a server of loopback. */
export async function runH2spec(port: number, path: string, tls: boolean): Promise<H2specReport> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-h2spec-'));
  try {
    const report = join(folder, 'report.xml');
    const args = ['-h', '127.0.0.1', '-p', String(port), '-P', path, '--strict', '-j', report];
    const { stdout } = await runProcess(await h2spec(), tls ? [...args, '-t', '-k'] : args, {
      timeoutMs: 300_000,
    });
    const failed: string[] = [];
    const skipped: string[] = [];
    const cases = [...(await readFile(report, 'utf8')).matchAll(CASE)];
    for (const [, section, what, result = ''] of cases) {
      if (result.includes('<skipped>')) skipped.push(`${section}: ${what}`);
      else if (result.trim() !== '') failed.push(`${section}: ${what}: ${result.trim()}`);
    }
    return { cases: cases.length, counted: Number(TOTAL.exec(stdout.toString())?.[1]), failed, skipped };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
