/**
 * All tables of the decision cache's figures: `npm run bench:cache`. With `--write` they replace those in docs/cache.md.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { formattedPage } from '../../scripts/formatted-page.ts';
import { costs } from './cost.ts';
import { hitRates } from './hit-rate.ts';

const PAGE = 'docs/cache.md';
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->'];

const machine = `${cpus().length} × ${cpus()[0]!.model}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
const figures = `Measured on ${machine}, by \`npm run bench:cache\`.\n\n${await hitRates()}\n\n${await costs()}`;
console.log(figures);

if (process.argv.includes('--write')) {
  const path = new URL(`../../${PAGE}`, import.meta.url);
  const page = await readFile(path, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} lacks ${BEGIN} and ${END}`);
  const written = `${page.slice(0, begin)}${BEGIN}\n\n${figures}\n\n${page.slice(end)}`;
  await writeFile(path, formattedPage(PAGE, written));
}
