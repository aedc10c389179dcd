// needs: opa, openssl
/** Everything that callers can connect by, answered by two workers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import { type Address, formatAddress } from '../../src/config/address.ts';
import { AdminService, CacheOffReason } from '../../src/gen/portcullis/v1/admin_pb.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { type Authority, createAuthority, type Issued } from '../contract/certificates.ts';
import { GrpcClient } from '../support/grpc-client.ts';
import { until } from '../support/until.ts';
import { CONFIG, Connection, connections, fragileServer } from './site.ts';

const CLIENTS = 20;

let folder = '';
let authority: Authority;
let server: Issued;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-workers-'));
  authority = await createAuthority(folder, 'authority');
  server = await authority.issue('server', ['DNS:localhost', 'IP:127.0.0.1']);
});
after(() => rm(folder, { recursive: true, force: true }));

const LISTENERS = {
  TCP: '{ address: 127.0.0.1:0 MORE }',
  TLS: '{ address: 127.0.0.1:0, tls: { certFile: CERT, keyFile: KEY } MORE }',
  'a Unix socket': '{ address: unix:NAME.sock MORE }',
} as const;

const configOf = (transport: string, kind: keyof typeof LISTENERS): string => {
  const listener = (name: string, more: string): string =>
    LISTENERS[kind]
      .replace('NAME', name)
      .replace('MORE', more)
      .replace('CERT', server.certFile)
      .replace('KEY', server.keyFile);
  return CONFIG.replace(/^grpc: .*$/m, `grpc: ${listener('grpc', `, transport: ${transport}`)}`).replace(
    /^http: .*$/m,
    `http: ${listener('http', '')}`,
  );
};

const asJson = (n: number) => ({
  question: { input: { case: 'json' as const, value: Buffer.from(`{"n":${n}}`) } },
});

async function askHttp(address: Address, isSecure: boolean, n: number): Promise<unknown> {
  const where =
    address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const options = { ...where, path: '/v1/data/versions/decision', method: 'POST', agent: false as const };
  const call = isSecure ? requestHttps({ ...options, ca: authority.cert }) : requestHttp(options);
  call.end(JSON.stringify({ input: { n } }));
  const [response] = await once(call, 'response');
  return ((await json(response)) as { readonly result?: unknown }).result;
}

for (const transport of ['wire', 'grpc-js']) {
  for (const kind of Object.keys(LISTENERS) as (keyof typeof LISTENERS)[]) {
    test(`two workers answer by ${kind}, gRPC on ${transport} and HTTP`, async (t) => {
      const isSecure = kind === 'TLS';
      const fragile = await fragileServer(t, configOf(transport, kind));
      const { addresses } = fragile.running;
      const channel = isSecure ? credentials.createSsl(authority.cert) : credentials.createInsecure();
      const workersOf = async (): Promise<readonly number[]> => [
        (await fragile.portsOf(1)).length,
        (await fragile.portsOf(2)).length,
      ];
      const askGrpc = async (n: number): Promise<boolean | undefined> => {
        const client = new GrpcClient(
          formatAddress(addresses.grpc).replace('127.0.0.1', 'localhost'),
          channel,
        );
        fragile.site.cleanup(() => client.close());
        const { decision } = await client.call(DecisionService.method.check, asJson(n));
        return decision?.allowed;
      };
      const asked: readonly (readonly [
        ask: (n: number) => Promise<unknown>,
        answer: (n: number) => unknown,
      ])[] = [
        [askGrpc, (n) => n % 2 === 0],
        [(n) => askHttp(addresses.http!, isSecure, n), (n) => ({ allowed: n % 2 === 0, n, version: 1 })],
      ];
      for (const [ask, answer] of asked) {
        const before = await workersOf();
        // One after the other: a Unix socket is turned to the next worker after a connection, not before.
        for (let n = 0; n < CLIENTS; n++) assert.deepEqual(await ask(n), answer(n));
        const came = (await workersOf()).map((count, i) => count - before[i]!);
        assert.ok(Math.min(...came) > 0, came.join());
        assert.equal(came[0]! + came[1]!, CLIENTS);
      }
    });
  }
}

test('a footprint that one worker catches wrong is distrusted in all', async (t) => {
  const config = `${CONFIG}cache: { shadow: { rate: 1, maxShare: 1 } }\n`;
  const file = new URL('./forgetful-worker.ts', import.meta.url);
  const fragile = await fragileServer(t, config, { file });
  const admin = fragile.site.client(fragile.running.addresses.admin);
  const first = new Connection(fragile.port);
  fragile.site.cleanup(() => first.close());
  await until(
    async () => {
      // Wrong, and caught by the one worker that is asked: without what it forgot there is no answer at all.
      for (let n = 0; n < 4; n++) await first.ask(n).catch(() => undefined);
      return (await admin.call(AdminService.method.getCache, {})).entrypoints;
    },
    (entrypoints) => entrypoints[0]?.offReason === CacheOffReason.DIFFERENCE,
  );
  const clients = await connections(fragile, CLIENTS);
  const answers = await Promise.all(clients.map((client, n) => client.ask(100 + n)));
  assert.deepEqual(
    answers.map(({ n }) => n),
    clients.map((_, n) => 100 + n),
  );
});
