// needs: opa
import assert from 'node:assert/strict';
import { mkdir, rename, rm } from 'node:fs/promises';
import { before, test } from 'node:test';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { sha256Hex } from '../../src/bundle/hash.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { DecisionService, type EvaluateResponse } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { HOSTILE_LIMITS, type HostileBase, makeHostileBundles } from '../hostile-bundles.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer, withFile, withManifest } from '../support/signed-bundles.ts';

const SEQUENCE = 7;
const MAX_ARCHIVE_BYTES = 300_000;
const SCOPE = 'production';

const GATE = `package gate

# METADATA
# entrypoint: true
decision := {"allowed": input.level >= data.levels.min, "at": time.format(0)}
`;

const NEIGHBOUR = `package neighbour

# METADATA
# entrypoint: true
open := true
`;

/** Answers with and without input, but needs more memory than the server gives. */
const GREEDY = `package gate

# METADATA
# entrypoint: true
decision := count([x | some i in numbers.range(1, 1500); some j in numbers.range(1, 1500); x := i * j])
`;

const VECTORS = `- name: high enough
  entrypoint: gate/decision
  input: { level: 3 }
  expect: { allowed: true, at: "1970-01-01T00:00:00Z" }
`;

type Row = readonly [
  name: string,
  code: ErrorCode,
  offer: Uint8Array | ((site: ServerSite) => Promise<void>),
];

const own = new Signer('own', SCOPE);
let good: readonly BundleFile[];
let neighbour: readonly BundleFile[];
let base: HostileBase;
let reloadRows: readonly Row[];
before(async () => {
  const sources = { 'gate.rego': GATE, 'data.json': '{"levels":{"min":3}}', 'vectors.yaml': VECTORS };
  good = await bundleOf(sources, { sequence: SEQUENCE, revision: 'good' });
  neighbour = await bundleOf({ 'neighbour.rego': NEIGHBOUR });
  base = await makeHostileBundles(good);
  reloadRows = await rowsOfReload();
});

const fileOf = (files: readonly BundleFile[], path: string): Buffer =>
  Buffer.from(files.find((file) => file.path === path)!.bytes);

/** Another module, bound by the manifest. */
const withModule = (files: readonly BundleFile[], module: Buffer): BundleFile[] => [
  ...withManifest(files, ({ metadata }) => {
    metadata.portcullis!.digests.module = sha256Hex(module);
  }).filter(({ path }) => path !== 'policy.wasm'),
  { path: 'policy.wasm', bytes: module },
];

function replaced(module: Buffer, from: string, to: string): Buffer {
  assert.equal(from.length, to.length);
  const at = module.indexOf(from);
  assert.ok(at > 0);
  const copy = Buffer.from(module);
  copy.write(to, at);
  return copy;
}

/** What only a server that runs can refuse: for its neighbours, its configuration, what was active, what it answers. */
async function rowsOfReload(): Promise<Row[]> {
  const signed = (files: readonly BundleFile[]): Promise<Uint8Array> => own.archive(files);
  const both = await bundleOf(
    { 'gate.rego': GATE, 'neighbour.rego': NEIGHBOUR, 'data.json': '{"levels":{"min":3}}' },
    { sequence: SEQUENCE, entrypoints: ['gate/decision'] },
  );
  const reaching = withManifest(
    withFile(both, 'vectors.json', fileOf(good, 'vectors.json').toString()).filter(
      ({ path }) => path !== 'neighbour.rego',
    ),
    (manifest) => {
      manifest.roots = ['gate', 'levels'];
    },
  );
  const vectors = fileOf(good, 'vectors.json').toString();
  const module = fileOf(good, 'policy.wasm');
  const greedy = await bundleOf({ 'gate.rego': GREEDY }, { sequence: SEQUENCE });
  const opaLayout = withManifest(
    good.filter(({ path }) => path !== 'plan.json'),
    (manifest) => {
      manifest.metadata = {};
      manifest.wasm = [{ entrypoint: 'gate/decision', module: '/policy.wasm' }];
    },
  );
  const manifest = (edit: Parameters<typeof withManifest>[1]): Promise<Uint8Array> =>
    signed(withManifest(good, edit));
  return [
    [
      'a root of the neighbour',
      'bundle_roots_overlap',
      await manifest(({ roots }) => void roots.push('neighbour/open')),
    ],
    [
      'every root there is',
      'bundle_roots_overlap',
      await manifest((it) => {
        it.roots = [''];
      }),
    ],
    ['an entrypoint of the neighbour', 'bundle_outside_roots', await signed(reaching)],
    [
      'the sequence number 0',
      'bundle_sequence_rollback',
      await manifest(({ metadata }) => {
        metadata.portcullis!.sequence = 0;
      }),
    ],
    ['the sequence number stripped', 'bundle_sequence_rollback', await signed(opaLayout)],
    [
      'another entrypoint than is to be offered',
      'bundle_entrypoint_unknown',
      await signed(
        withFile(
          await bundleOf({ 'gate.rego': GATE.replace('decision', 'other') }, { sequence: SEQUENCE }),
          'vectors.json',
          '[]',
        ),
      ),
    ],
    [
      'a builtin that nobody offers',
      'bundle_builtin_unknown',
      await signed(withModule(good, replaced(module, 'time.format', 'time.farmat'))),
    ],
    [
      'a module of another ABI',
      'bundle_module_invalid',
      await signed(withModule(good, Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))),
    ],
    [
      'a module cut short',
      'bundle_module_invalid',
      await signed(withModule(good, module.subarray(0, module.length >> 1))),
    ],
    [
      'vectors that are answered otherwise',
      'bundle_vectors_failed',
      await signed(withFile(good, 'vectors.json', vectors.replace('true', 'false'))),
    ],
    [
      'data that answers the vectors otherwise',
      'bundle_vectors_failed',
      await signed(withFile(good, 'data.json', '{"levels":{"min":4}}')),
    ],
    [
      'vectors of an unknown entrypoint',
      'bundle_vectors_failed',
      await signed(withFile(good, 'vectors.json', vectors.replace('gate/decision', 'gate/nothing'))),
    ],
    [
      'vectors that are no list',
      'bundle_vectors_invalid',
      await signed(withFile(good, 'vectors.json', '{"name":"x"}')),
    ],
    [
      'no vectors where they are required',
      'bundle_vectors_invalid',
      await signed(good.filter(({ path }) => path !== 'vectors.json')),
    ],
    [
      'a policy that needs too much memory',
      'bundle_smoke_failed',
      await signed(withFile(greedy, 'vectors.json', '[]')),
    ],
    [
      'more data than a module may hold',
      'bundle_data_too_large',
      await signed(
        withFile(good, 'data.json', `{"levels":{"min":3,"padding":[${'[1],'.repeat(600_000)}0]}}`),
      ),
    ],
    ['an archive over its limit', 'archive_too_large', Buffer.alloc(MAX_ARCHIVE_BYTES + 1)],
    ['no file at all', 'io_failed', (site) => rm(site.path(BUNDLE))],
    [
      'a folder in its place',
      'io_failed',
      async (site) => {
        await mkdir(site.path('folder'));
        await rename(site.path('folder'), site.path(BUNDLE));
      },
    ],
  ];
}

const BUNDLE = 'bundles/gate.tar.gz';
const CONFIG = `${QUIET_CONFIG}keys:
  release: { file: release.pem }
  second: { file: second.pem }
  own: { file: own.pem }
limits:
  maxEvaluationMemory: 32MiB
  bundle:
    maxArchiveBytes: ${MAX_ARCHIVE_BYTES}
    maxInflatedBytes: ${HOSTILE_LIMITS.maxInflatedBytes}
    maxFileBytes: ${HOSTILE_LIMITS.maxFileBytes}
    maxEntries: ${HOSTILE_LIMITS.maxEntries}
    maxPathBytes: ${HOSTILE_LIMITS.maxPathBytes}
policySets:
  gate:
    bundles:
      policy:
        source: file:${BUNDLE}
        verification: { keys: [release, second, own], scope: ${SCOPE} }
        requireVectors: true
      neighbour: { source: file:bundles/neighbour.tar.gz, verification: { keys: [own], scope: ${SCOPE} } }
    entrypoints: [gate/decision]
`;

interface BundleJson {
  readonly name: string;
  readonly active: { readonly revision: string; readonly archive_digest: string } | null;
  readonly last_error: { readonly code: string; readonly message: string; readonly attempts: number } | null;
}

test('every hostile bundle is refused for its own reason by a server that goes on answering', async (t) => {
  const site = await ServerSite.create(t, CONFIG, {
    'release.pem': base.publicKeys.release,
    'second.pem': base.publicKeys.second,
    'own.pem': own.publicKeyPem,
  });
  await site.publish(BUNDLE, base.archive);
  await site.publish('bundles/neighbour.tar.gz', await own.archive(neighbour));
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  assert.ok(server.addresses.http?.kind === 'tcp');
  const url = `http://127.0.0.1:${server.addresses.http.port}`;
  const bundle = async (): Promise<BundleJson> => {
    const status = (await (await fetch(`${url}/v1/status`)).json()) as {
      policy_sets: [{ bundles: BundleJson[] }];
    };
    return status.policy_sets[0].bundles.find(({ name }) => name === 'policy')!;
  };
  const ask = (level: number, noCache: boolean): Promise<EvaluateResponse> => {
    const input = { case: 'json' as const, value: Buffer.from(`{"level":${level}}`) };
    return client.call(DecisionService.method.evaluate, { question: { input, noCache } });
  };
  /** Both answers, both ways; the revision is that of the good bundle. */
  const answersAsBefore = async (name: string): Promise<void> => {
    for (const [level, noCache] of [
      [3, true],
      [2, false],
    ] as const) {
      const { valueJson, provenance } = await ask(level, noCache);
      const { allowed } = JSON.parse(Buffer.from(valueJson!).toString()) as { allowed: boolean };
      assert.deepEqual([allowed, provenance!.revisions['policy']], [level === 3, 'good'], name);
    }
  };
  assert.equal((await bundle()).active?.revision, 'good');
  await answersAsBefore('at first');
  const digest = (await bundle()).active!.archive_digest;

  const rows: readonly Row[] = [
    ...base.hostile.map(({ name, code, archive }): Row => [name, code, archive]),
    ...reloadRows,
  ];
  const codes = new Map<string, number>();
  for (const [name, code, offer] of rows) {
    const before = (await bundle()).last_error?.attempts ?? 0;
    // A folder can only be replaced when it is gone.
    if (typeof offer === 'function') await offer(site);
    else await site.publish(BUNDLE, offer);
    const seen = await until(
      bundle,
      ({ last_error }) => last_error?.code === code && last_error.attempts > before,
      20_000,
    ).catch(async () =>
      assert.fail(`${name}: expected ${code}, found ${JSON.stringify((await bundle()).last_error)}`),
    );
    assert.equal(seen.active?.archive_digest, digest, name);
    await answersAsBefore(name);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  t.diagnostic(`${rows.length} hostile bundles refused with ${codes.size} codes`);
  assert.ok(rows.length >= 80 && codes.size >= 40);

  const metrics = await (await fetch(`${url}/metrics`)).text();
  for (const [code, count] of codes) {
    const line = new RegExp(
      `^portcullis_bundle_activations_total\\{policy_set="gate",bundle="policy",result="refused",code="${code}"\\} (\\d+)$`,
      'm',
    );
    assert.ok(Number(line.exec(metrics)?.[1]) >= count, code);
  }
  assert.doesNotMatch(metrics, /code="internal"/);
  assert.match(metrics, /result="activated",code="ok"\} 1$/m);

  await rm(site.path(BUNDLE), { recursive: true });
  const newer = withFile(
    withManifest(good, (manifest) => {
      manifest.revision = 'newer';
      manifest.metadata.portcullis!.sequence = SEQUENCE + 1;
    }),
    'data.json',
    '{"levels":{"min":2}}',
  );
  await site.publish(BUNDLE, await own.archive(newer));
  await until(bundle, ({ active, last_error }) => active?.revision === 'newer' && last_error === null);
  const { valueJson, cached } = await ask(2, false);
  assert.deepEqual(
    [JSON.parse(Buffer.from(valueJson!).toString()), cached],
    [{ allowed: true, at: '1970-01-01T00:00:00Z' }, false],
  );
});
