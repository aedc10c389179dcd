// needs: opa
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DEFAULT_ARCHIVE_LIMITS } from '../src/bundle/archive.ts';
import type { BundleFile } from '../src/bundle/bundle.ts';
import { PLAN_FILE } from '../src/bundle/file-names.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import type { SignatureRules } from '../src/bundle/signature.ts';
import { systemClock } from '../src/clock.ts';
import { toPortcullisError } from '../src/errors.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { InlinePreparer } from '../src/reload/inline-preparer.ts';
import type { Preparation, Preparer } from '../src/reload/preparer.ts';
import { PreparingThread } from '../src/reload/preparing-thread.ts';
import { Turns } from '../src/reload/turns.ts';
import { HOSTILE_LIMITS, makeHostileBundles } from './hostile-bundles.ts';
import { MemorySource, ReloadPlane } from './support/reload-plane.ts';
import { bundleOf, Signer, withFile, withManifest } from './support/signed-bundles.ts';
import { VersionedBundles } from './support/versioned-bundles.ts';

const POLICY = `package p

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.method == "GET"
	input.user in data.users
}

# METADATA
# entrypoint: true
default soon := false

soon if time.now_ns() < 2000000000000000000
`;
const VECTORS = '[{"name":"ann","entrypoint":"p/allow","input":{"method":"GET","user":"ann"},"expect":true}]';
const DATA = '{"users":["ann"],"other":1.0}';
const signer = new Signer('test');
const verification: SignatureRules = {
  keys: new Map([['test', loadVerificationKey({ algorithm: 'ES256', text: signer.publicKeyPem })]]),
};
const knownBuiltins = new Set(BUILTINS.keys());
const inline = new InlinePreparer({ knownBuiltins, clock: systemClock, maxGeneratedInputs: 40 });
const aside = (oneDataPlane = false): PreparingThread =>
  new PreparingThread({
    policySet: 'set',
    knownBuiltins,
    limits: undefined,
    maxGeneratedInputs: 40,
    oneDataPlane,
    turns: new Turns(1),
  });

let files: BundleFile[];
before(async () => {
  files = withFile(await bundleOf({ 'p.rego': POLICY, 'data.json': DATA }), 'vectors.json', VECTORS);
});

async function prepared(
  preparer: Preparer,
  archive: Uint8Array,
  rules: { limits?: typeof DEFAULT_ARCHIVE_LIMITS; verification: SignatureRules },
  minSequence?: number,
): Promise<Preparation> {
  const bundle = {
    archive,
    rules: { name: 'policy', limits: DEFAULT_ARCHIVE_LIMITS, requireVectors: false, ...rules },
  };
  await preparer.open(bundle, minSequence);
  const set = { name: 'set', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] };
  return preparer.prepare(set, [bundle], 1);
}

/** `code: message` of the refusal; the durations of a proof aside, what was prepared, without its compiled code. */
async function outcome(preparing: Promise<Preparation>): Promise<unknown> {
  try {
    const { prepared: made, proof, unknown } = await preparing;
    const modules = made.descriptor.modules.map(({ module, ...rest }) => [module.constructor.name, rest]);
    return { ...made, descriptor: { ...made.descriptor, modules }, inputs: proof.inputs, unknown };
  } catch (thrown) {
    const { code, message } = toPortcullisError(thrown);
    return `${code}: ${message}`;
  }
}

/** Buffers and other views of bytes are the same here. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each: unknown) => {
      if (ArrayBuffer.isView(each)) return hash('sha256', each as Uint8Array, 'hex');
      if (each instanceof Map) return { map: [...each] };
      return each instanceof Set ? { set: [...each] } : each;
    }),
  );

test('a thread prepares what is prepared here', async (t) => {
  const archive = await signer.archive(files);
  const thread = aside();
  t.after(() => thread.close());
  const here = await outcome(prepared(inline, archive, { verification }));
  const there = await outcome(prepared(thread, archive, { verification }));
  assert.equal(typeof here, 'object');
  // Buffers write themselves down otherwise than the views that come out of a thread.
  Buffer.prototype.toJSON = undefined as never;
  assert.deepEqual(plain(there), plain(here));
  const { seeds } = there as Preparation['prepared'];
  assert.ok(seeds.images.has('policy') && seeds.plans.has('policy'));
});

test('for one data plane, large data comes in pieces, and answers from them', async (t) => {
  const x = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key-${i}`, [`${i}`, i, { i }]]));
  const data = JSON.stringify({ ...(JSON.parse(DATA) as object), x });
  const rego = `${POLICY}\nother := data.x["key-7"]\n`;
  const large = withFile(await bundleOf({ 'p.rego': rego, 'data.json': data }), 'vectors.json', VECTORS);
  const thread = aside(true);
  t.after(() => thread.close());
  const { seeds, descriptor } = (await prepared(thread, await signer.archive(large), { verification }))
    .prepared;
  const image = seeds.images.get('policy')!;
  assert.deepEqual([image.bytes.length, image.memory], [0, undefined]);
  const evaluator = await createWasmEvaluator(
    { ...descriptor, dataJson: Buffer.from('null') },
    { builtins: BUILTINS, clock: systemClock, spares: false, images: seeds.images },
  );
  const asked = (user: string): unknown =>
    evaluator.evaluate('p/allow', Buffer.from(JSON.stringify({ method: 'GET', user })), {
      wallMs: 0,
      deadlineMs: Number.POSITIVE_INFINITY,
    });
  assert.deepEqual(
    ['ann', 'eve'].map((user) => (asked(user) as { json: unknown }).json),
    ['true', 'false'],
  );
});

test('a thread refuses what is refused here, in the same words', async (t) => {
  const base = await makeHostileBundles(files);
  const thread = aside();
  t.after(() => thread.close());
  const rules = { limits: HOSTILE_LIMITS, verification: base.verification };
  for (const { name, archive } of base.hostile) {
    const there = await outcome(prepared(thread, archive, rules, 1));
    const here = await outcome(prepared(inline, archive, rules, 1));
    assert.deepEqual(plain(there), plain(here), name);
  }
});

test('so it is with what only an evaluation shows', async (t) => {
  const thread = aside();
  t.after(() => thread.close());
  const rego = POLICY.replace('"GET"', '"PUT"');
  const plan = (await bundleOf({ 'p.rego': rego, 'data.json': DATA })).find(
    ({ path }) => path === PLAN_FILE,
  )!;
  const otherPlan = withManifest(
    withFile(files, PLAN_FILE, Buffer.from(plan.bytes).toString()),
    (manifest) => {
      manifest.metadata.portcullis!.digests.plan = hash('sha256', plan.bytes, 'hex');
    },
  );
  const wrongVector = withFile(files, 'vectors.json', VECTORS.replace('true', 'false'));
  for (const [wrong, code] of [
    [wrongVector, /^bundle_vectors_failed: bundle policy: .*ann/],
    [otherPlan, /^bundle_evaluators_differ: p\/allow, /],
  ] as const) {
    const archive = await signer.archive(wrong);
    const there = await outcome(prepared(thread, archive, { verification }));
    assert.equal(there, await outcome(prepared(inline, archive, { verification })));
    assert.match(there as string, code);
  }
});

test('the old bundle answers while the new one is prepared', async (t) => {
  const bundles = await VersionedBundles.create();
  const policy = new MemorySource();
  policy.archive = await bundles.archive(1);
  const thread = aside();
  const plane = new ReloadPlane(
    t,
    { policy },
    { publicKeyPem: bundles.publicKeyPem, preparer: () => thread },
  );
  await plane.controlPlane.start();
  assert.equal(plane.revision(), 'v1');
  policy.archive = await bundles.archive(2);
  const done = new AbortController();
  const changing = plane.changed().finally(() => done.abort());
  const revisions: string[] = [];
  while (!done.signal.aborted) {
    const { provenance, allowed } = await plane.ask('{"n":0}');
    const revision = provenance.revisions['policy']!;
    revisions.push(revision);
    assert.equal(allowed, revision === 'v2');
    await setImmediate();
  }
  assert.equal(await changing, true);
  assert.ok(revisions.length > 10 && revisions[0] === 'v1');
  assert.equal((await plane.ask()).provenance.revisions['policy'], 'v2');
  await plane.stop();
});
