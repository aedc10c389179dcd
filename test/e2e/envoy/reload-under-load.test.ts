// needs: opa, envoy
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { AdminService } from '../../../src/gen/portcullis/v1/admin_pb.ts';
import { startEnvoy } from '../../support/envoy.ts';
import { bootstrap, cluster, listener, PDP, UPSTREAM } from '../../support/envoy-config.ts';
import { type Answered, LoadClient, repeat } from '../../support/envoy-load.ts';
import { GrpcClient } from '../../support/grpc-client.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';
import { type Seen, startUpstream } from '../../support/upstream.ts';
import { VersionedBundles } from '../../support/versioned-bundles.ts';
import { versionsSite } from '../../support/versions-server.ts';

const SWAPS = 22;
const MIN_REQUESTS = 5200;
const LOOPS = 16;
/** So many versions have to answer so many requests each: most of the swaps are under load. */
const LOADED_VERSIONS = 15;
const MIN_REQUESTS_PER_VERSION = 10;

/** Answers by the version in the data; says which code and which data it was, to the upstream or to the client. */
const policyOf = (module: number): string => `package versions

version := data.versions.current

n := to_number(input.parsed_query.n[0])

# METADATA
# entrypoint: true
decision := {"allowed": (n + version) % 2 == 0, "headers": {"x-version": sprintf("${module}/%d", [version])}}
`;

let bundles: VersionedBundles;
before(async () => {
  bundles = await VersionedBundles.create(policyOf);
});

/** The version that answered, from the header that the upstream got or the client. */
function versionOf({ status, headers, body }: Answered): { module: number; data: number } {
  const told =
    status === 200
      ? new Map((JSON.parse(body) as Seen).headers).get('x-version')
      : (headers['x-version'] as string | undefined);
  const [module, data] = (told ?? '').split('/').map(Number);
  return { module: module ?? Number.NaN, data: data ?? Number.NaN };
}

test(`${MIN_REQUESTS} requests through Envoy and ${SWAPS} swaps: none wrong, none failed`, async (t) => {
  const site = await versionsSite(t, bundles, 'extAuthz: {}\n');
  await site.publish(await bundles.archive(1));
  const server = await startServerProcess(site.configFile);
  t.after(() => server.kill());
  const upstream = await startUpstream();
  t.after(() => upstream.stop());
  const port = Number(server.addresses.grpc!.split(':')[1]);
  const clusters = [cluster(PDP, port, { http2: true }), cluster(UPSTREAM, upstream.port)];
  const envoy = await startEnvoy(bootstrap([listener('front')], clusters));
  t.after(() => envoy.stop());
  const client = new LoadClient(envoy.port('front'), LOOPS);
  t.after(() => client.close());

  const seen = new Map<number, number>();
  const mistakes: string[] = [];
  let newest = 0;
  let swapping = true;
  const look = async (request: number): Promise<boolean> => {
    const n = request % 50;
    const oldest = newest;
    try {
      const answer = await client.get(`/?n=${n}`, { 'x-version': '0/0' });
      const { module, data } = versionOf(answer);
      const expected = VersionedBundles.expected(data, n);
      const right = answer.status === (expected.allowed ? 200 : 403) && module === expected.module;
      if (!right) mistakes.push(`version ${data}, module ${module}, n ${n}: ${answer.status}`);
      // Who has seen a version is never again answered by an older one.
      if (!(data >= oldest)) mistakes.push(`version ${data} after version ${oldest}`);
      newest = Math.max(newest, data);
      seen.set(data, (seen.get(data) ?? 0) + 1);
    } catch (error) {
      mistakes.push(`request failed: ${String(error)}`);
    }
    return (swapping || request < MIN_REQUESTS) && mistakes.length < 20;
  };
  const load = repeat(LOOPS, look);

  const admin = new GrpcClient(server.addresses.admin!);
  t.after(() => admin.close());
  const lastError = async (): Promise<string | undefined> => {
    const { policySets } = await admin.call(AdminService.method.getStatus, {});
    return policySets[0]!.bundles[0]!.lastError?.code;
  };
  const swap = async (): Promise<void> => {
    await until(
      () => newest,
      (reached) => reached === 1 || mistakes.length > 0,
    );
    for (let version = 2; version <= SWAPS + 1; version++) {
      const archive = await bundles.archive(version);
      // Now and then something comes first that must not go live.
      if (version % 5 === 0) await writeFile(site.bundleFile, archive.subarray(0, archive.length >> 1));
      if (version % 5 === 1) await site.publish(await bundles.archive(version + 1, version - 2));
      if (version % 5 < 2) await until(lastError, (code) => code !== undefined);
      await site.publish(archive);
      await until(
        () => newest,
        (reached) => reached === version || mistakes.length > 0,
      );
    }
  };
  await swap().finally(() => {
    swapping = false;
  });
  const requests = await load;

  assert.deepEqual(mistakes, []);
  assert.ok(requests >= MIN_REQUESTS);
  assert.equal(seen.size, SWAPS + 1);
  const loaded = [...seen.values()].filter((count) => count >= MIN_REQUESTS_PER_VERSION);
  assert.ok(loaded.length >= LOADED_VERSIONS, JSON.stringify([...seen]));
  assert.equal(await envoy.counter('http.front.ext_authz.error'), 0);
  t.diagnostic(
    `${requests} requests, ${SWAPS} swaps, answered by ${seen.size} versions, ${loaded.length} of them ${MIN_REQUESTS_PER_VERSION} times or more: ${[...seen.values()].join(', ')}`,
  );
  assert.equal(await server.stop(), 0);
  const logged = await readFile(join(dirname(site.configFile), 'decisions.jsonl'), 'utf8');
  assert.equal(logged.trimEnd().split('\n').length, requests);
});
