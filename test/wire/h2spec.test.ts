// needs: h2spec, openssl
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { GrpcTransportOptions } from '../../src/transport/transport.ts';
import { createAuthority, filesOf } from '../contract/certificates.ts';
import { runH2spec } from './h2spec-run.ts';
import { call } from './requests.ts';
import { ECHO, startWire } from './server.ts';

/** What `h2spec --strict --dryrun` of version 2.2.1 lists. */
const CASES = 146;

async function passes(t: TestContext, options: Partial<GrpcTransportOptions>): Promise<void> {
  // The case about too many streams opens them all.
  const harness = await startWire(t, { ...options, limits: { maxConcurrentStreams: 100 } });
  assert.ok(harness.address.kind === 'tcp');
  const tls = options.tls === undefined ? undefined : { rejectUnauthorized: false };
  const report = await runH2spec(harness.address.port, ECHO, tls !== undefined);
  assert.deepEqual(report.failed, []);
  assert.deepEqual(report.skipped, []);
  assert.equal(report.cases, CASES);
  assert.equal(report.counted, CASES);
  const client = await harness.connect(tls && { tls });
  assert.equal((await call(client, ECHO, 'and it still answers')).grpcStatus, 0);
  assert.deepEqual(harness.errors, []);
}

test('h2spec passes, all of it', { concurrency: 2 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-tls-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority(folder, 'ca');
  const server = await authority.issue('server', ['DNS:localhost', 'IP:127.0.0.1']);
  await Promise.all([
    t.test('over TCP', (t) => passes(t, {})),
    t.test('over TLS', (t) => passes(t, { tls: filesOf(server) })),
  ]);
});
