/** The result that is kept in the tree: compared with, and written with its page and its plot. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formattedPage } from '../../scripts/formatted-page.ts';
import { microseconds } from '../measure.ts';
import { changes } from './compare.ts';
import { chartsOf, plot } from './plot.ts';
import { type Result, report } from './report.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const KEPT = file('bench/results/latest.json');
const PAGE = 'docs/performance.md';
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->'];

/** What became worse or better since, in words. */
export async function comparison(result: Result): Promise<string> {
  const text = await readFile(KEPT, 'utf8').catch(() => undefined);
  if (text === undefined) return 'There is no earlier result to compare with.';
  const before = JSON.parse(text) as Result;
  const since = `the result of ${before.date} (${before.commit})`;
  if (before.machine !== result.machine || before.quick !== result.quick)
    return `Not compared with ${since}: that is of ${before.machine}${before.quick ? ', a quick run' : ', a full run'}.`;
  const found = changes(before.figures, result.figures);
  if (found.length === 0) return `Against ${since}: nothing differs by more than the rounds do.`;
  const lines = found.map(({ name, before: old, now, times }) => {
    const how = times > 1 ? `${times.toFixed(2)}× worse` : `${(1 / times).toFixed(2)}× better`;
    return `- ${name}: ${microseconds(old)} → ${microseconds(now)}, ${how}`;
  });
  return [`Against ${since}:`, ...lines].join('\n');
}

/** Keeps the result, the page's tables and the plot. */
export async function write(result: Result): Promise<void> {
  await mkdir(file('bench/results'), { recursive: true });
  await writeFile(KEPT, formattedPage('latest.json', JSON.stringify(result, undefined, 2)));
  await writeFile(file('docs/performance.svg'), plot(chartsOf(result)));
  const page = await readFile(file(PAGE), 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} lacks ${BEGIN} and ${END}`);
  const written = `${page.slice(0, begin)}${BEGIN}\n\n${figuresOf(result)}\n\n${page.slice(end)}`;
  await writeFile(file(PAGE), formattedPage(PAGE, written));
}

function figuresOf(result: Result): string {
  const { machine, date, commit, quick, rounds, remarks } = result;
  const kind = quick ? 'a quick run' : `${rounds} rounds`;
  const head = `Measured on ${machine}, ${date}, commit ${commit}, ${kind}, by \`npm run bench\`.`;
  const notes =
    remarks.length === 0 ? '' : `\n\n### Remarks\n\n${remarks.map((each) => `- ${each}`).join('\n')}`;
  const image = '![Throughput, processor time and latency](performance.svg)';
  return `${head}\n\n${image}\n\n${report(result)}${notes}`;
}
