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

const VECTORS = JSON.stringify([
  {
    name: 'ann',
    entrypoint: 'p/allow',
    input: { method: 'GET', roles: ['a', 'b'], user: 'ann' },
    expect: true,
  },
]);

test('a vector shows at once what a footprint forgets, and is named', async (t) => {
  const activation = new Activation(t, { footprintsOf: saying(without('roles')) });
  await assert.rejects(activation.offer(withFile(FILES, 'vectors.json', VECTORS)), {
    code: 'bundle_footprint_wrong',
    message:
      'p/allow, vector “ann”: the whole input and the part of it that the plan reads are answered by true and false; the policy reads more than its plan says',
  });
});

test('where the plan answers, it is compared with itself over what it can see, and not with the module', async (t) => {
  const planned = ['p/allow'];
  const files = await withPlanOf(FILES, POLICY.replace('"GET"', '"PUT"'));
  const right = new Activation(t, { planned });
  await right.offer(files);
  assert.ok(right.activator.activation!.proof.inputs >= 100);
  const wrong = new Activation(t, { planned, footprintsOf: saying(without('method')) });
  await assert.rejects(wrong.offer(files), code('bundle_footprint_wrong'));
});

test('only plans that a signature binds are believed, and effects that nobody can foresee have no footprint', async (t) => {
  const files = await bundleOf({
    'p.rego': `package p

# METADATA
# entrypoint: true
plain if input.a == 1

# METADATA
# entrypoint: true
dice := rand.intn(input.a, 6)

# METADATA
# entrypoint: true
asks if http.send({"method": "GET", "url": input.url}).status_code == 200
`,
  });
  const signed = new Activation(t);
  await signed.offer(files);
  const { descriptor, unknown } = signed.activator.activation!;
  assert.deepEqual([...descriptor.footprints!.keys()], ['p/plain']);
  assert.deepEqual(Object.fromEntries(unknown), {
    'p/dice': 'it uses random numbers through rand.intn (bundle policy)',
    'p/asks': 'it asks the network through http.send (bundle policy)',
  });

  const unsigned = new Activation(t, { unsigned: true });
  await unsigned.offer(files);
  assert.equal(unsigned.activator.activation!.descriptor.footprints!.size, 0);
  assert.equal(
    unsigned.activator.activation!.unknown.get('p/plain'),
    'no signature binds its plan (bundle policy)',
  );
});

test('a plan that cannot be read costs the footprints, not the bundle', async (t) => {
  const plan =
    '{"static":{},"plans":{"plans":[{"name":"p/allow","blocks":[{"stmts":[{"type":"NewStmt"}]}]}]}}';
  const files = withManifest(withFile(FILES, PLAN_FILE, plan), (manifest) => {
    manifest.metadata.portcullis!.digests.plan = hash('sha256', plan, 'hex');
  });
  const activation = new Activation(t);
  await activation.offer(files);
  assert.match(
    activation.activator.activation!.unknown.get('p/allow')!,
    /^its plan cannot be analysed: the plan holds what is not understood/,
  );
});

test('what modules are known to answer otherwise refuses no bundle', async (t) => {
  const files = await bundleOf({
    'p.rego': `package p

# METADATA
# entrypoint: true
names := [name | some name in {"a", "b", "c", input.name}]

# METADATA
# entrypoint: true
port := data.ports[input.port]

# METADATA
# entrypoint: true
members := {name | some name in input.names} | {"a", "b", "c"}
`,
    'data.json': '{"ports":{"8080":"open"}}',
  });
  await new Activation(t).offer(files);
});

test('what policies print while they are proved, nobody sees', async (t) => {
  const prints: string[] = [];
  const files = await bundleOf({
    'p.rego': 'package p\n\n# METADATA\n# entrypoint: true\nallow if trace("asked")\n',
  });
  const activation = new Activation(t, { onPrint: (message) => prints.push(message) });
  await activation.offer(files);
  assert.ok(activation.activator.activation!.proof.inputs > 100);
  // The two questions without a meaning that every entrypoint must answer.
  assert.deepEqual(prints, ['asked', 'asked']);
});
