// needs: opa
/** What a new bundle leaves of the cached answers. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BundleFile } from '../src/bundle/bundle.ts';
import { MemorySource, ReloadPlane } from './support/reload-plane.ts';
import { bundleOf, Signer } from './support/signed-bundles.ts';

const signer = new Signer('test');

const REGO = `package gate

# METADATA
# entrypoint: true
front if data.doors.front[input.user]

# METADATA
# entrypoint: true
back if {
	data.doors.back[input.user]
	data.gate.settings.night != "closed"
}
`;

/** Of the policy's bundle: its rules and base data of its own. */
const policy = (rego = REGO, night = 'open', other = 1) =>
  bundleOf({ 'gate.rego': rego, 'gate/settings/data.json': JSON.stringify({ night, other }) });

const doors = (front: string[], back: string[], other = 1) => {
  const open = (users: string[]) => Object.fromEntries(users.map((user) => [user, true]));
  return bundleOf({ 'doors/data.json': JSON.stringify({ front: open(front), back: open(back), other }) });
};

async function plane(t: TestContext) {
  const sources = { policy: new MemorySource(), doors: new MemorySource() };
  sources.policy.archive = await signer.archive(await policy());
  sources.doors.archive = await signer.archive(await doors(['ann'], ['ann']));
  const made = new ReloadPlane(t, sources, { publicKeyPem: signer.publicKeyPem, cached: true });
  await made.controlPlane.start();
  const publish = async (bundle: keyof typeof sources, files: readonly BundleFile[]): Promise<void> => {
    sources[bundle].archive = await signer.archive(files);
    assert.equal(await made.changed(bundle), true);
  };
  /** By entrypoint, the answer and whether it was cached. Ports differ each time, as from Envoy. */
  let port = 1024;
  const asked = async (): Promise<Record<string, string>> => {
    const answers: Record<string, string> = {};
    for (const entrypoint of ['gate/front', 'gate/back']) {
      const input = JSON.stringify({ user: 'ann', port: port++ });
      const { allowed, cached } = await made.askCached(entrypoint, input);
      answers[entrypoint.slice(5)] = `${allowed ? 'open' : 'shut'}, ${cached ? 'cached' : 'evaluated'}`;
    }
    return answers;
  };
  assert.deepEqual(await asked(), { front: 'open, evaluated', back: 'open, evaluated' });
  assert.deepEqual(await asked(), { front: 'open, cached', back: 'open, cached' });
  return { publish, asked };
}

test('new data leaves the cached answers of entrypoints that cannot see what changed', async (t) => {
  const { publish, asked } = await plane(t);
  await publish('doors', await doors(['ann'], ['ann'], 2));
  assert.deepEqual(await asked(), { front: 'open, cached', back: 'open, cached' }, 'what nobody sees');
  await publish('doors', await doors(['ann'], []));
  assert.deepEqual(await asked(), { front: 'open, cached', back: 'shut, evaluated' }, 'what one sees');
  await publish('doors', await doors([], []));
  assert.deepEqual(await asked(), { front: 'shut, evaluated', back: 'shut, cached' }, 'what the other sees');
});

test('so does new data that comes with the policy', async (t) => {
  const { publish, asked } = await plane(t);
  await publish('policy', await policy(REGO, 'open', 2));
  assert.deepEqual(await asked(), { front: 'open, cached', back: 'open, cached' });
  await publish('policy', await policy(REGO, 'closed'));
  assert.deepEqual(await asked(), { front: 'open, cached', back: 'shut, evaluated' });
});

test('a new policy leaves none', async (t) => {
  const { publish, asked } = await plane(t);
  await publish('policy', await policy(REGO.replace('!= "closed"', '!= "shut"')));
  assert.deepEqual(await asked(), { front: 'open, evaluated', back: 'open, evaluated' });
});
