// needs: opa
/**
 * Footprints that forget one read: for each there is an input whose answer becomes another one, but for those that are listed, which
 * say more than the policy needs.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formattedPage } from '../scripts/formatted-page.ts';
import { footprintsPage, PAGE, SURVIVORS, survivorsDocument } from './support/footprint-page.ts';
import { demoAndCorpus, suiteFootprints } from './support/footprint-surveys.ts';

const root = join(import.meta.dirname, '..');

test('a footprint of demo or corpus that forgets one read is found out', async (t) => {
  const { surveys } = await demoAndCorpus();
  const listed = await readFile(join(root, SURVIVORS), 'utf8');
  assert.deepEqual(
    JSON.parse(survivorsDocument(surveys)),
    JSON.parse(listed),
    `${SURVIVORS} is not what can be forgotten: write inputs that show it, or run \`node scripts/footprints.ts\``,
  );

  const survivors = surveys.flatMap((survey) => survey.survivors);
  const caught = surveys.reduce((sum, survey) => sum + survey.caught, 0);
  t.diagnostic(`${caught} of ${caught + survivors.length} caught`);
  assert.ok(caught > 840, `only ${caught} caught`);
  assert.ok(survivors.length < caught / 14, `${survivors.length} not noticed, ${caught} caught`);
});

test('the page says what the analysis gives', async (t) => {
  const suite = await suiteFootprints();
  if (suite === undefined) {
    assert.equal(process.env['CI'], undefined, "OPA's Go module cannot be had: install Go");
    t.skip("needs Go, to read OPA's compliance cases from its published module");
    return;
  }
  const { groups, surveys } = await demoAndCorpus();
  const written = formattedPage(PAGE, footprintsPage([suite, ...groups], surveys));
  const page = await readFile(join(root, PAGE), 'utf8');
  assert.equal(page, written, `${PAGE} is not what the analysis gives: run \`node scripts/footprints.ts\``);
});

const READ_FOR_NOTHING: ReadonlySet<string> = new Set([
  // Whether it is there is known by the names of all headers, and no rule asks for more.
  'mesh/authz/decision: input.attributes.request.http.headers.x-dry-run not read',
  // What `with` replaces is joined with what was there before, so that this is said to be read.
  'corpus/with_mocks/without_freezes: input.region not read',
]);

test('a footprint that forgets a whole path is always found out', async () => {
  const { surveys } = await demoAndCorpus();
  const unnoticed = surveys.flatMap(({ entrypoint, survivors }) =>
    survivors.filter(({ kind }) => kind !== 'bit').map(({ name }) => `${entrypoint}: ${name}`),
  );
  assert.deepEqual(unnoticed, [...READ_FOR_NOTHING]);
  const paths = surveys.reduce((sum, survey) => sum + survey.pathsCaught, 0);
  assert.ok(paths > 500, `${paths} paths`);
});
