// needs: opa
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { AdminService, type BundleStatus } from '../../src/gen/portcullis/v1/admin_pb.ts';
import { type Decision, DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { GrpcClient } from '../support/grpc-client.ts';
import { startServerProcess } from '../support/server-process.ts';
import { VersionedBundles } from '../support/versioned-bundles.ts';
import { versionsSite } from '../support/versions-server.ts';

const SWAPS = 60;
const MIN_CHECKS = 20_000;
const WORKERS = 32;

let bundles: VersionedBundles;
before(async () => {
  bundles = await VersionedBundles.create();
});

/** What is wrong with an answer; undefined for one that a single bundle gave, and rightly. */
function mistake(decision: Decision | undefined, n: number): string | undefined {
  if (decision === undefined) return 'no decision';
  const version = Number(decision.provenance!.revisions['policy']!.slice(1));
  const expected = VersionedBundles.expected(version, n);
  const { module, data } = decision.obligations as { module: number; data: number };
  const right = decision.allowed === expected.allowed && module === expected.module && data === expected.data;
  return right ? undefined : `revision v${version}, n ${n}: ${decision.allowed} ${module} ${data}`;
}

test(`${MIN_CHECKS} checks through ${SWAPS} swaps, hostile archives among them: none wrong, none failed`, async (t) => {
  const site = await versionsSite(t, bundles);
  await site.publish(await bundles.archive(1));
  const server = await startServerProcess(site.configFile);
  t.after(() => server.kill());
  const client = new GrpcClient(server.addresses.grpc!);
  const admin = new GrpcClient(server.addresses.admin!);
  t.after(() => {
    client.close();
    admin.close();
  });

  const swapping = new AbortController();
  let checks = 0;
  let cached = 0;
  const mistakes: string[] = [];
  const revisions = new Set<string>();
  const load = async (): Promise<void> => {
    while (!swapping.signal.aborted || checks < MIN_CHECKS) {
      const n = checks++ % 50;
      try {
        const question = {
          policySet: 'versions',
          input: { case: 'json' as const, value: Buffer.from(`{"n":${n}}`) },
        };
        const { decision } = await client.call(DecisionService.method.check, { question });
        const wrong = mistake(decision, n);
        if (wrong !== undefined) mistakes.push(wrong);
        revisions.add(decision!.provenance!.revisions['policy']!);
        if (decision!.cached) cached++;
      } catch (error) {
        mistakes.push(`call failed: ${String(error)}`);
      }
    }
  };
  const workers = Array.from({ length: WORKERS }, load);

  const status = async (): Promise<BundleStatus> => {
    const { policySets } = await admin.call(AdminService.method.getStatus, {});
    return policySets[0]!.bundles[0]!;
  };
  const untilActive = async (revision: string): Promise<void> => {
    while ((await status()).revision !== revision) await setTimeout(5);
  };
  const hostile: string[] = [];
  const untilRefused = async (): Promise<void> => {
    for (;;) {
      const { lastError } = await status();
      if (lastError !== undefined) return void hostile.push(lastError.code);
      await setTimeout(5);
    }
  };
  await untilActive('v1');
  for (let version = 2; version <= SWAPS + 1; version++) {
    const good = await bundles.archive(version);
    if (version % 5 === 0) await writeFile(site.bundleFile, good.subarray(0, good.length >> 1)); // half-written
    if (version % 5 === 1) await site.publish(tampered(good, version));
    if (version % 5 === 2) await site.publish(await bundles.archive(version - 2)); // rolled back
    if (version % 5 < 3) await untilRefused();
    await site.publish(good);
    await untilActive(`v${version}`);
  }
  swapping.abort();
  await Promise.all(workers);

  assert.deepEqual(mistakes.slice(0, 5), []);
  assert.ok(checks >= MIN_CHECKS);
  assert.ok(revisions.size > SWAPS / 2, `answers came from ${revisions.size} revisions`);
  assert.ok(cached > 0);
  assert.equal(hostile.length, 36);
  const count = (code: string): number => hostile.filter((each) => each === code).length;
  assert.equal(count('archive_truncated'), 12);
  assert.equal(count('bundle_sequence_rollback'), 12);
  t.diagnostic(
    `${checks} checks (${cached} cached) over ${SWAPS} swaps and ${hostile.length} refusals (${[...new Set(hostile)].join(', ')}); ${revisions.size} revisions answered`,
  );
  assert.equal(await server.stop(), 0);
  const logged = (await readFile(join(dirname(site.configFile), 'decisions.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n');
  assert.equal(logged.length, checks);
});

/** The archive with one byte of it changed. */
function tampered(archive: Uint8Array, seed: number): Uint8Array {
  const copy = Uint8Array.from(archive);
  copy[100 + ((seed * 7919) % (copy.length - 200))]! ^= 0x55;
  return copy;
}

test('killed at any moment of an activation, the last good state answers after a start', async (t) => {
  const site = await versionsSite(t, bundles);
  await site.publish(await bundles.archive(1));
  let server = await startServerProcess(site.configFile);
  t.after(() => server.kill());
  const ask = async (): Promise<Decision> => {
    const client = new GrpcClient(server.addresses.grpc!);
    try {
      const input = { case: 'json' as const, value: Buffer.from('{"n":1}') };
      return (await client.call(DecisionService.method.check, { question: { input } })).decision!;
    } finally {
      client.close();
    }
  };
  // The delay before the kill closes in on the moment of the activation, from both sides.
  let [tooEarlyMs, tooLateMs] = [0, Number.POSITIVE_INFINITY];
  const answered: string[] = [];
  let newest = 1;
  for (let round = 0; round < 14; round++) {
    const known = Number((await ask()).provenance!.revisions['policy']!.slice(1));
    newest++;
    await site.publish(await bundles.archive(newest));
    const delayMs =
      tooLateMs === Number.POSITIVE_INFINITY ? 2 * tooEarlyMs + 50 : (tooEarlyMs + tooLateMs) / 2;
    await setTimeout(delayMs);
    await server.kill();
    // The source is gone or broken at the next start: only what was saved can answer.
    await writeFile(site.bundleFile, round % 2 === 0 ? '' : 'not an archive');
    server = await startServerProcess(site.configFile);
    const decision = await ask();
    const version = Number(decision.provenance!.revisions['policy']!.slice(1));
    assert.ok(version === newest || version === known, `v${version} after v${known}, newest v${newest}`);
    assert.equal(mistake(decision, 1), undefined);
    if (version === newest) tooLateMs = delayMs;
    else tooEarlyMs = delayMs;
    answered.push(`${delayMs.toFixed(0)} ms: v${version}/v${newest}`);
  }
  t.diagnostic(`delay before the kill, answered/newest: ${answered.join(', ')}`);
  assert.ok(tooEarlyMs > 0 && tooLateMs < Number.POSITIVE_INFINITY, 'kills before and after the activation');
});
