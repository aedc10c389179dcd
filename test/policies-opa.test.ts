// needs: opa
/**
 * The policies for databases, Kubernetes, GraphQL, gateway and mesh on questions that are nearly right: parts of their decision vectors are taken
 * out, replaced and put elsewhere. This engine and OPA answer alike, uncached and cached, and no denial is without a reason.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildBundle } from '../src/authoring/build.ts';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { replayVectors } from '../src/authoring/replay.ts';
import type { JsonValue } from '../src/json/value.ts';

const policies = join(import.meta.dirname, '../policies');
const NOW = '2026-11-25T10:00:00Z';
const RUNS = 600;
const SEED = 20_261_122;

const JUNK: readonly string[] = 'null true false 0 1 -1 1.5 "" "*" "ALL" [] ["x"] [1] {} {"x":1}'.split(' ');

/** A document with up to three parts taken out or replaced, by junk or by another part of it. */
function nearly(documents: readonly JsonValue[]): fc.Arbitrary<JsonValue> {
  const edit = fc.record({
    at: fc.nat(),
    from: fc.nat(),
    kind: fc.constantFrom('out', 'junk', 'copy'),
    junk: fc.constantFrom(...JUNK),
  });
  const edits = fc.array(edit, { minLength: 0, maxLength: 3 });
  return fc.tuple(fc.constantFrom(...documents), edits).map(([document, changes]) => {
    const changed = structuredClone(document);
    for (const { at, from, kind, junk } of changes) {
      const places = placesIn(changed);
      const [holder, key] = places[at % places.length] ?? [];
      if (holder === undefined || key === undefined) break;
      const [source, part] = places[from % places.length]!;
      if (kind === 'out') delete holder[key];
      else holder[key] = kind === 'junk' ? (JSON.parse(junk) as JsonValue) : structuredClone(source[part]!);
    }
    return JSON.parse(JSON.stringify(changed)) as JsonValue;
  });
}

type Holder = Record<string, JsonValue>;

/** Every place that something stands at. */
function placesIn(value: JsonValue, places: [Holder, string][] = []): [Holder, string][] {
  if (value === null || typeof value !== 'object') return places;
  const holder = value as Holder;
  for (const key of Object.keys(holder)) {
    places.push([holder, key]);
    placesIn(holder[key]!, places);
  }
  return places;
}

interface Answer {
  readonly allowed?: boolean;
  readonly reasons?: readonly string[];
}

/** OPA's answers on the sources, all at once. */
async function askOpa(entrypoint: string, inputs: readonly JsonValue[]): Promise<Answer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-policies-'));
  try {
    const rule = `data.${entrypoint.replaceAll('/', '.')}`;
    const policy = [
      'package asked',
      'answers := [answer | some question in input; answer := one(question)]',
      'default one(_) := {}',
      `one(question) := answer if answer := ${rule} with input as question with time.now_ns as now`,
      `now := time.parse_rfc3339_ns("${NOW}")`,
    ].join('\n');
    await writeFile(join(folder, 'asked.rego'), policy);
    const flags = ['-b', policies, '-d', join(folder, 'asked.rego'), '--stdin-input', '-f', 'raw'];
    const stdin = JSON.stringify(inputs);
    const { exitCode, stdout, stderr } = await runOpa(['eval', ...flags, 'data.asked.answers'], { stdin });
    assert.equal(exitCode, 0, `${stdout.toString()}${stderr}`);
    return JSON.parse(stdout.toString()) as Answer[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** OPA verifies tokens at the time it is, whatever `time.now_ns` is replaced by. */
function holdsATokenThatEnds(inputJson: Uint8Array): boolean {
  const [, payload] = /Bearer [\w-]+\.([\w-]+)\./.exec(Buffer.from(inputJson).toString()) ?? [];
  return payload !== undefined && !/"exp":41024448/.test(Buffer.from(payload, 'base64url').toString());
}

for (const [entrypoint, ...libraries] of [
  ['database/access/decision'],
  ['kubernetes/admission/decision'],
  ['graphql/authz/decision'],
  ['gateway/authz/decision', 'lib'],
  ['mesh/authz/decision', 'lib'],
] as const) {
  test(`${entrypoint} answers as in OPA`, async () => {
    const sources = [entrypoint.split('/')[0]!, ...libraries].map((folder) => join(policies, folder));
    const built = await buildBundle({ sources, base: policies });
    const known = built.vectors.flatMap(({ inputJson }) =>
      inputJson === undefined || holdsATokenThatEnds(inputJson)
        ? []
        : [JSON.parse(Buffer.from(inputJson).toString()) as JsonValue],
    );
    const inputs = fc.sample(nearly(known), { numRuns: RUNS, seed: SEED });
    const answers = await askOpa(entrypoint, inputs);
    for (const [index, { allowed, reasons }] of answers.entries()) {
      assert.equal(allowed, reasons?.length === 0, JSON.stringify(inputs[index]));
    }
    const vectors = inputs.map((input, index) => ({
      name: `${index}: ${JSON.stringify(input)}`,
      entrypoint,
      nowMs: Date.parse(NOW),
      inputJson: Buffer.from(JSON.stringify(input)),
      expect: answers[index] as JsonValue,
    }));
    assert.deepEqual((await replayVectors({ ...built, vectors })).failures, []);
    assert.ok(answers.some(({ allowed }) => allowed));
  });
}
