/**
 * What the footprints of the compliance suite, of the demo and of the corpus are like: writes docs/footprints.md and the list of reads
 * that can be forgotten. Where the analysis finds more, or less, run it and look at what changed.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { opaTool } from '../src/authoring/opa-tool.ts';
import { footprintsPage, PAGE, SURVIVORS, survivorsDocument } from '../test/support/footprint-page.ts';
import { demoAndCorpus, suiteFootprints } from '../test/support/footprint-surveys.ts';
import { formattedPage } from './formatted-page.ts';

await opaTool({ onInstall: (message) => console.error(message) });
const suite = await suiteFootprints();
if (suite === undefined) {
  console.error("OPA's Go module, which holds the cases, cannot be had: install Go");
  process.exit(1);
}
const { groups, surveys } = await demoAndCorpus();
const page = footprintsPage([suite, ...groups], surveys);

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
await writeFile(join(root, PAGE), formattedPage(PAGE, page));
await writeFile(join(root, SURVIVORS), survivorsDocument(surveys));
console.log(`wrote ${PAGE} and ${SURVIVORS}`);
