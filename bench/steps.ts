/**
 * The steps of a decision's path, each by its own micro-benchmark: `npm run bench:steps`. Runs them one after the other, prints one
 * table with what became of each since the result in bench/results/steps.json, and replaces that with `--write`. `--json` prints
 * JSON, `--only=name,…` takes some of the benches, `--long` takes more rounds.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formattedPage } from '../scripts/formatted-page.ts';
import { runProcess } from '../src/authoring/run-process.ts';
import { table } from './cache/table.ts';
import { microseconds, type StepLine } from './measure.ts';
import { type StepResult, stepRows } from './step-rows.ts';

/** In the order of the path: bytes arrive, become a question, are answered, recorded, and sent. */
const BENCHES = ['hpack', 'transport', 'check', 'engine', 'evaluate', 'log'] as const;
const KEPT = fileURLToPath(new URL('./results/steps.json', import.meta.url));
const TIMEOUT_MS = 300_000;

const argument = (name: string): string | undefined =>
  process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const has = (name: string): boolean => process.argv.includes(`--${name}`);

async function linesOf(name: string): Promise<readonly StepLine[]> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  if (!existsSync(file)) {
    console.error(`${name}: there is no bench/${name}.ts`);
    return [];
  }
  const args = [file, '--json', ...(has('long') ? [] : ['--short'])];
  const { exitCode, stdout, stderr } = await runProcess(process.execPath, args, { timeoutMs: TIMEOUT_MS });
  if (exitCode !== 0) {
    console.error(`${name} failed: ${stderr.trim()}`);
    process.exitCode = 1;
    return [];
  }
  const lines = stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{"group":'))
    .map((line) => JSON.parse(line) as StepLine);
  if (lines.length === 0) {
    console.error(`bench/${name}.ts does not measure by bench/measure.ts`);
    process.exitCode = 1;
  }
  return lines;
}

const wanted = argument('only')?.split(',') ?? BENCHES;
const groups: Record<string, StepLine['steps']> = {};
for (const name of wanted) {
  console.error(name);
  for (const { group, steps } of await linesOf(name)) groups[group] = steps;
}
const result: StepResult = {
  machine: `${cpus()[0]!.model}, Node ${process.versions.node}`,
  date: new Date().toISOString().slice(0, 10),
  groups,
};
const text = await readFile(KEPT, 'utf8').catch(() => undefined);
const before = text === undefined ? undefined : (JSON.parse(text) as StepResult);
if (has('json')) console.log(JSON.stringify(result));
else {
  const head = ['step', 'µs', 'least', 'most', 'before', ''];
  const rows = stepRows(result, before).map(({ step, figure, earlier, change }) => [
    step,
    microseconds(figure.us),
    microseconds(figure.least),
    microseconds(figure.most),
    earlier === undefined ? '' : microseconds(earlier.us),
    change,
  ]);
  console.log(table([head, ...rows]));
  if (before !== undefined && before.machine !== result.machine)
    console.log(`\nThe earlier figures are of another machine: ${before.machine}.`);
}
if (has('write') && process.exitCode !== 1) {
  await mkdir(fileURLToPath(new URL('./results', import.meta.url)), { recursive: true });
  await writeFile(KEPT, formattedPage('steps.json', JSON.stringify(result, undefined, 2)));
}
