// needs: opa, opa-envoy-plugin
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { askBoth, forEach, type Outcome } from './differential/ask-both.ts';
import { corpus } from './differential/corpus/corpus.ts';
import type { CorpusRequest } from './differential/corpus/request.ts';
import type { RequestFacts } from './differential/difference.ts';
import { DIFFERENCES } from './differential/differences.ts';
import { FORM_DIFFERENCES } from './differential/differences-form.ts';
import { echoed } from './differential/input-document.ts';
import { MORE_INPUT } from './differential/more-input.ts';
import {
  type DifferentialPolicy,
  POLICIES,
  type PolicyTexts,
  readPolicies,
} from './differential/policies.ts';
import { requestFacts } from './differential/request-facts.ts';
import { Servers } from './differential/servers.ts';

/**
 * The same CheckRequests, byte for byte, to opa-envoy-plugin and to Portcullis under the same policies. What must come out
 * is the plugin's answer, changed only by the differences of the tables, each of which has to occur.
 */

const ALL = [...FORM_DIFFERENCES, ...DIFFERENCES];
const ECHO = POLICIES.find(({ name }) => name === 'echo')!;

/** Differences that other settings than those of the first test show. */
const ELSEWHERE: ReadonlySet<string> = new Set(['ambiguous-paths']);

let texts: PolicyTexts;

before(async () => {
  texts = await readPolicies();
});

test('Portcullis answers as opa-envoy-plugin does, but for the listed differences', async (t) => {
  const servers = await Servers.create(t, texts);
  const requests = corpus({ descriptorSet: servers.descriptorSet, policies: texts });
  assert.equal(new Set(requests.map(({ name }) => name)).size, requests.length, 'names are unique');
  const general = new Set(requests.filter(({ policies }) => policies === undefined).map(({ name }) => name));
  assert.deepEqual(
    Object.keys(MORE_INPUT).filter((name) => !general.has(name)),
    [],
    'inputs that are known but not asked',
  );
  const facts = await factsOf(servers, requests);
  const tally = new Tally();
  const askAll = async (policy: DifferentialPolicy): Promise<void> => {
    const [plugin, ours] = await Promise.all([servers.plugin(policy), servers.portcullis(policy, 'pass')]);
    const both = { policy, plugin, ours };
    const asked = requests.filter(({ policies }) => policies?.includes(policy.name) ?? !policy.ownRequests);
    await forEach(asked, async (request) => {
      const outcome = await askBoth(both, request, { ...facts.get(request)!, ambiguities: [] });
      tally.add(`${policy.name}, ${request.name}`, outcome);
    });
  };
  // The next servers start while others are asked.
  await forEach(POLICIES, askAll, 3);
  const special = requests.filter(({ policies }) => policies !== undefined).length;
  const policies = POLICIES.filter(({ ownRequests }) => !ownRequests).length;
  t.diagnostic(
    `${requests.length - special} requests × ${policies} policies and ${special} to one of ${POLICIES.length} that they are made for: ${tally.equal} equal, ${tally.different} deliberate differences of ${ALL.length - ELSEWHERE.size} kinds, ${FORM_DIFFERENCES.length} of them of form`,
  );
  for (const [id, count] of [...tally.occurred].sort(([a], [b]) => (a < b ? -1 : 1)))
    t.diagnostic(`${id}: ${count}`);
  tally.check(({ id }) => !ELSEWHERE.has(id));
});

test('by default, paths that servers read differently are denied, and nothing else changes', async (t) => {
  const servers = await Servers.create(t, texts);
  const requests = corpus({ descriptorSet: servers.descriptorSet, policies: texts }).filter(({ name }) =>
    /^(?:method|path|query|malformed|gRPC|generated|wire): /.test(name),
  );
  const facts = await factsOf(servers, requests);
  const both = {
    policy: ECHO,
    plugin: await servers.plugin(ECHO),
    ours: await servers.portcullis(ECHO, 'deny'),
  };
  const passing = await servers.portcullis(ECHO, 'pass');
  const tally = new Tally();
  await forEach(requests, async (request) => {
    const path = echoed((await passing.check(request.bytes)).answer)?.['path'] as unknown as
      | { readonly ambiguities: readonly string[] }
      | undefined;
    const outcome = await askBoth(both, request, {
      ...facts.get(request)!,
      ambiguities: path?.ambiguities ?? [],
    });
    tally.add(request.name, outcome);
  });
  t.diagnostic(
    `${requests.length} requests, ${tally.occurred.get('ambiguous-paths')} with an ambiguous path`,
  );
  tally.check(({ id }) => ELSEWHERE.has(id));
});

test('the documents list the differences, each with its reason', async () => {
  const document = await readFile(new URL('../docs/envoy-differences.md', import.meta.url), 'utf8');
  const listed = document.split('\n').filter((line) => line.startsWith('- `'));
  const wanted = ALL.map(({ id, reason }) => `- \`${id}\`: ${reason}`);
  assert.deepEqual(
    wanted.filter((line) => !listed.includes(line)),
    [],
  );
  assert.equal(listed.length, ALL.length, 'and no others, nor any twice');
  assert.equal(new Set(ALL.map(({ id }) => id)).size, ALL.length, 'each has a name of its own');
});

/** What the plugin makes of each request. */
async function factsOf(
  servers: Servers,
  requests: readonly CorpusRequest[],
): Promise<ReadonlyMap<CorpusRequest, RequestFacts>> {
  const echo = await servers.plugin(ECHO, 'facts');
  const facts = new Map<CorpusRequest, RequestFacts>();
  await forEach(requests, async (request) => {
    facts.set(request, await requestFacts(echo, request));
  });
  return facts;
}

/** Adds up outcomes. */
class Tally {
  equal = 0;
  different = 0;
  readonly occurred = new Map<string, number>();
  readonly #wrong: string[] = [];

  add(name: string, { problems, applied, forms }: Outcome): void {
    for (const id of [...applied, ...forms]) this.occurred.set(id, (this.occurred.get(id) ?? 0) + 1);
    if (applied.length === 0) this.equal++;
    else this.different++;
    if (problems.length > 0) this.#wrong.push(`${name}: ${problems.join('; ')}`);
  }

  /** Nothing else was different, and each of these differences occurred. */
  check(mustOccur: (difference: { readonly id: string }) => boolean): void {
    const shown = this.#wrong.slice(0, 20).join('\n').slice(0, 10_000);
    assert.equal(this.#wrong.length, 0, `${this.#wrong.length} answers are otherwise\n${shown}`);
    const never = ALL.filter(mustOccur).filter(({ id }) => !this.occurred.has(id));
    assert.deepEqual(
      never.map(({ id }) => id),
      [],
      'differences that do not occur',
    );
  }
}
