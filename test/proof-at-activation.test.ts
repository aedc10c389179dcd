// needs: opa
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { BundleFile } from '../src/bundle/bundle.ts';
import { PLAN_FILE } from '../src/bundle/file-names.ts';
import {
  COMPARED,
  type Footprint,
  FULL,
  KEYS,
  type ReadTree,
  SCALAR,
  TYPE,
} from '../src/policy/plan/footprint.ts';
import { Activation } from './support/activation.ts';
import { code } from './support/reload-plane.ts';
import { bundleOf, withFile, withManifest } from './support/signed-bundles.ts';

const POLICY = `package p

# METADATA
# entrypoint: true
default allow := false

allow if {
	input.method == "GET"
	count(input.roles) > 1
	input.user in data.users
}

allow if input.size > 100
`;
const FILES = await bundleOf({ 'p.rego': POLICY, 'data.json': '{"users":["ann"],"other":1}' });

const seen = (reads: number, children?: Record<string, ReadTree>): ReadTree => ({
  reads,
  ...(children && { children: new Map(Object.entries(children)) }),
});
const RIGHT: Record<string, ReadTree> = {
  method: seen(COMPARED),
  // OPA counts the characters of a text.
  roles: seen(KEYS | TYPE | SCALAR),
  user: seen(FULL),
  size: seen(FULL),
};
const USERS = seen(0, { users: seen(FULL) });

/** An analysis that says this of every entrypoint. */
const saying =
  (input: ReadTree, data: ReadTree = USERS) =>
  (plan: { readonly entrypoints: ReadonlyMap<string, unknown> }): ReadonlyMap<string, Footprint> =>
    new Map(
      Array.from(plan.entrypoints.keys(), (path) => [
        path,
        { input, data, effects: new Map(), clock: 'unread' as const, fullReads: [] },
      ]),
    );

const without = (key: string): ReadTree =>
  seen(0, Object.fromEntries(Object.entries(RIGHT).filter(([name]) => name !== key)));

test('a right footprint goes live, and says what was compared', async (t) => {
  const activation = new Activation(t, { footprintsOf: saying(seen(0, RIGHT)) });
  await activation.offer(FILES);
  const { proof, descriptor, unknown } = activation.activator.activation!;
  assert.ok(proof.inputs >= 100, `${proof.inputs} inputs`);
  assert.equal(proof.skipped, 0);
  assert.deepEqual([...unknown], []);
  assert.deepEqual(descriptor.footprints!.get('p/allow')!.input, seen(0, RIGHT));
});

const WRONG: readonly [name: string, input: ReadTree, data?: ReadTree][] = [
  ...Object.keys(RIGHT).map((key): [string, ReadTree] => [`forgets ${key}`, without(key)]),
  ['sees nothing', seen(0)],
  ['sees only whether roles are there', seen(0, { ...RIGHT, roles: seen(0) })],
  ['takes a text of roles for its length', seen(0, { ...RIGHT, roles: seen(KEYS | TYPE) })],
  ['sees only the type of user', seen(0, { ...RIGHT, user: seen(TYPE) })],
  ['forgets all data', seen(0, RIGHT), seen(0)],
  ['sees other data', seen(0, RIGHT), seen(0, { other: seen(FULL) })],
];

for (const [name, input, data] of WRONG) {
  test(`a footprint that ${name} is refused, and what was active stays`, async (t) => {
    let wrong = false;
    const right = saying(seen(0, RIGHT));
    const activation = new Activation(t, {
      footprintsOf: (plan) => (wrong ? saying(input, data)(plan) : right(plan)),
    });
    await activation.offer(FILES);
    const before = activation.dataPlane.active().get('set');
    wrong = true;
    const messages: string[] = [];
    for (let round = 0; round < 2; round++) {
      await assert.rejects(activation.offer(FILES), (thrown: Error) => {
        messages.push(thrown.message);
        return code('bundle_footprint_wrong')(thrown);
      });
    }
    assert.match(messages[0]!, /^p\/allow, generated input \d+ \(.*\): /);
    assert.equal(messages[1], messages[0], 'the same bundle is asked the same');
    assert.equal(activation.dataPlane.active().get('set'), before);
  });
}

/** The files under a plan of other sources, bound as the builder would. */
async function withPlanOf(files: readonly BundleFile[], rego: string): Promise<BundleFile[]> {
  const other = await bundleOf({ 'p.rego': rego, 'data.json': '{"users":["ann"],"other":1}' });
  const plan = other.find(({ path }) => path === PLAN_FILE)!.bytes;
  return withManifest(withFile(files, PLAN_FILE, Buffer.from(plan).toString()), (manifest) => {
    manifest.metadata.portcullis!.digests.plan = hash('sha256', plan, 'hex');
  });
}

test('a plan of other sources is refused, though the signature binds it', async (t) => {
  for (const [from, to] of [
    ['> 100', '> 101'],
    ['"GET"', '"PUT"'],
    ['default allow := false', 'default allow := null'],
  ] as const) {
    const files = await withPlanOf(FILES, POLICY.replace(from, to));
    await assert.rejects(new Activation(t).offer(files), code('bundle_evaluators_differ'), `${from} ${to}`);
  }
});
