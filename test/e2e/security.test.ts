// needs: opa
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, status as GrpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { RunningServer } from '../../src/app.ts';
import type { Address } from '../../src/config/address.ts';
import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
} from '../../src/gen/grpc/health/v1/health_pb.ts';
import { AdminService } from '../../src/gen/portcullis/v1/admin_pb.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { type Authority, createAuthority, type Issued } from '../contract/certificates.ts';
import { send } from '../contract/http-client.ts';
import type { GrpcClient } from '../support/grpc-client.ts';
import { cliFolder } from '../support/run-cli.ts';
import { ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

const GATEWAY = 'spiffe://prod/ns/edge/sa/gateway';
const POLICY = `package gate

# METADATA
# entrypoint: true
default open := true
`;

const signer = new Signer('test');
let folder: string;
let archive: Uint8Array;
let authority: Authority;
let foreign: Authority;
let server: Issued;
const certificates: Record<string, Issued | undefined> = { nobody: undefined };
before(async () => {
  archive = await signer.archive(await bundleOf({ 'gate.rego': POLICY }));
  folder = await mkdtemp(join(tmpdir(), 'portcullis-certificates-'));
  authority = await createAuthority(folder, 'authority');
  foreign = await createAuthority(folder, 'foreign');
  server = await authority.issue('server', ['DNS:localhost', 'IP:127.0.0.1']);
  const issued: Readonly<Record<string, readonly string[]>> = {
    gateway: [`URI:${GATEWAY}`],
    backend: ['DNS:backend.internal'],
    auditor: ['DNS:whatever'],
    operator: ['URI:spiffe://prod/ns/ops/sa/operator'],
    stranger: ['URI:spiffe://prod/ns/edge/sa/stranger', 'DNS:stranger.internal'],
    slash: [`URI:${GATEWAY}/`],
    upper: ['URI:spiffe://prod/ns/edge/sa/GATEWAY'],
    twoNames: [`URI:${GATEWAY}`, 'URI:spiffe://prod/ns/edge/sa/other'],
    asDns: ['DNS:spiffe.prod', 'URI:https://prod/ns/edge/sa/gateway'],
    wildcard: ['DNS:*.internal'],
  };
  for (const [name, names] of Object.entries(issued)) certificates[name] = await authority.issue(name, names);
  certificates['expired'] = await authority.issueExpired('expired', [`URI:${GATEWAY}`]);
  certificates['foreign'] = await foreign.issue('foreigner', [`URI:${GATEWAY}`]);
});
after(() => rm(folder, { recursive: true, force: true }));

function config(): string {
  const auditor = new X509Certificate(certificates['auditor']!.cert).fingerprint256;
  const tls = 'certFile: server.crt, keyFile: server.key, clientCaFile: ca.crt';
  return `stateDir: state
grpc: { address: 127.0.0.1:0, tls: { ${tls} } }
http: { address: 127.0.0.1:0, tls: { ${tls} } }
admin: { address: 127.0.0.1:0, tls: { ${tls}, requireClientCert: true } }
decisionLog: { enabled: false }
logging: { level: silent }
keys: { test: { file: key.pem } }
policySets:
  red: { bundles: { policy: { source: file:bundles/gate.tar.gz, verification: { keys: [test] } } } }
  blue: { bundles: { policy: { source: file:bundles/gate.tar.gz, verification: { keys: [test] } } } }
dataApi: { policySet: blue }
clients:
  gateway: { spiffe: [${GATEWAY}], policySets: [red], methods: [check, health] }
  backend: { dns: [backend.internal], policySets: [blue] }
  auditor: { fingerprints: ["${auditor}"], methods: [health] }
  operator: { spiffe: [spiffe://prod/ns/ops/sa/operator], methods: [admin] }
`;
}

async function siteOf(t: TestContext): Promise<ServerSite> {
  const site = await ServerSite.create(t, config(), {
    'key.pem': signer.publicKeyPem,
    'server.crt': server.cert,
    'server.key': server.key,
    'ca.crt': authority.cert,
  });
  await site.publish('bundles/gate.tar.gz', archive);
  return site;
}

const security = (who: Issued | undefined) => credentials.createSsl(authority.cert, who?.key, who?.cert);

function dial(site: ServerSite, address: Address | undefined, who: Issued | undefined): GrpcClient {
  // grpc-js cannot check the name of an IP address.
  return site.client({ kind: 'tcp', host: 'localhost', port: port(address) }, security(who));
}

/** The gRPC status that a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<keyof typeof GrpcStatus> {
  try {
    await call;
    return 'OK';
  } catch (error) {
    return GrpcStatus[(error as ServiceError).code] as keyof typeof GrpcStatus;
  }
}

type Ask = (client: GrpcClient) => Promise<unknown>;
const check =
  (policySet: string): Ask =>
  (client) =>
    client.call(DecisionService.method.check, { question: { policySet } });
const batch =
  (...policySets: string[]): Ask =>
  (client) =>
    client.call(DecisionService.method.batchCheck, {
      questions: policySets.map((policySet) => ({ policySet })),
    });
const evaluate =
  (policySet: string): Ask =>
  (client) =>
    client.call(DecisionService.method.evaluate, { question: { policySet } });

test('a caller may ask what its certificate entitles it to, and nothing else', async (t) => {
  const site = await siteOf(t);
  const { addresses } = await site.start();
  const clients = new Map<string, GrpcClient>();
  const rows: readonly (readonly [who: string, what: string, ask: Ask, expected: keyof typeof GrpcStatus])[] =
    [
      ['gateway', 'check red', check('red'), 'OK'],
      ['gateway', 'check blue', check('blue'), 'PERMISSION_DENIED'],
      ['gateway', 'check what there is not', check('green'), 'PERMISSION_DENIED'],
      ['gateway', 'check without a name', check(''), 'PERMISSION_DENIED'],
      ['gateway', 'batch', batch('red'), 'PERMISSION_DENIED'],
      ['gateway', 'evaluate', evaluate('red'), 'PERMISSION_DENIED'],
      ['backend', 'check blue', check('blue'), 'OK'],
      ['backend', 'check red', check('red'), 'PERMISSION_DENIED'],
      ['backend', 'batch', batch('blue', 'blue'), 'OK'],
      ['backend', 'batch with one of red', batch('blue', 'red', 'blue'), 'PERMISSION_DENIED'],
      ['backend', 'evaluate', evaluate('blue'), 'OK'],
      ['auditor', 'check', check('red'), 'PERMISSION_DENIED'],
      ['operator', 'check', check('red'), 'PERMISSION_DENIED'],
      ...['stranger', 'slash', 'upper', 'twoNames', 'asDns', 'wildcard'].map(
        (who) => [who, 'check red', check('red'), 'PERMISSION_DENIED'] as const,
      ),
      // A certificate that proves nothing is none.
      ...['nobody', 'expired', 'foreign'].map(
        (who) => [who, 'check red', check('red'), 'UNAUTHENTICATED'] as const,
      ),
    ];
  for (const [who, what, ask, expected] of rows) {
    let client = clients.get(who);
    if (client === undefined) clients.set(who, (client = dial(site, addresses.grpc, certificates[who])));
    assert.equal(await codeOf(ask(client)), expected, `${who}: ${what}`);
  }

  // Whether a policy set exists is not told to those who may not ask it.
  const words = async (policySet: string): Promise<string> => {
    const error = await check(policySet)(clients.get('gateway')!).catch((thrown: ServiceError) => thrown);
    return (error as ServiceError).details.replace(policySet, '…');
  };
  assert.equal(await words('blue'), await words('green'));

  const streams: readonly (readonly [who: string, path: string, expected: number])[] = [
    ['gateway', '/portcullis.v1.DecisionService/WatchRevision', GrpcStatus.PERMISSION_DENIED],
    ['gateway', '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', GrpcStatus.PERMISSION_DENIED],
    ['stranger', '/grpc.health.v1.Health/Watch', GrpcStatus.PERMISSION_DENIED],
    ['nobody', '/grpc.health.v1.Health/Watch', GrpcStatus.UNAUTHENTICATED],
  ];
  for (const [who, path, expected] of streams) {
    const client = new Client(`localhost:${port(addresses.grpc)}`, security(certificates[who]));
    site.cleanup(() => client.close());
    const bytes = (message: Uint8Array): Buffer => Buffer.from(message);
    const stream = client.makeServerStreamRequest(path, bytes, bytes, new Uint8Array());
    stream.on('error', () => {}).resume();
    const code = await new Promise((resolve) => stream.on('status', (status) => resolve(status.code)));
    assert.equal(code, expected, `${who}: ${path}`);
  }
  assert.equal(await healthCode(site, addresses.grpc, 'gateway'), 'OK');
  assert.equal(await healthCode(site, addresses.grpc, 'stranger'), 'PERMISSION_DENIED');

  // Without TLS there is nobody to talk to.
  const plain = site.client(addresses.grpc);
  assert.equal(await codeOf(check('red')(plain)), 'UNAVAILABLE');
});

function port(address: Address | undefined): number {
  assert.ok(address?.kind === 'tcp');
  return address.port;
}

function healthCode(
  site: ServerSite,
  address: Address | undefined,
  who: string,
): Promise<keyof typeof GrpcStatus> {
  const client = new Client(`localhost:${port(address)}`, security(certificates[who]));
  site.cleanup(() => client.close());
  const request = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema));
  const answer = new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes) => fromBinary(HealthCheckResponseSchema, bytes),
      request,
      (error, response) => (error ? reject(error) : resolve(response)),
    );
  });
  return codeOf(answer);
}

test('the admin listener over TCP lets in operators with a certificate, and nobody else', async (t) => {
  const site = await siteOf(t);
  const { addresses } = await site.start();
  const ask = (who: string): Promise<string> =>
    codeOf(dial(site, addresses.admin, certificates[who]).call(AdminService.method.flushCache, {}));
  assert.equal(await ask('operator'), 'OK');
  for (const who of ['gateway', 'backend', 'auditor', 'stranger'])
    assert.equal(await ask(who), 'PERMISSION_DENIED', who);
  // These do not get past the handshake.
  for (const who of ['nobody', 'expired', 'foreign']) assert.equal(await ask(who), 'UNAVAILABLE', who);
  // Deciding and administering are services of different listeners.
  const operator = dial(site, addresses.grpc, certificates['operator']);
  assert.equal(await codeOf(operator.call(AdminService.method.getStatus, {})), 'UNIMPLEMENTED');
});

test('over HTTP probes need no certificate, everything else does', async (t) => {
  const site = await siteOf(t);
  const { addresses } = await site.start();
  const get = async (who: string, path: string): Promise<{ status: number; body: string }> => {
    const tls = { ca: authority.cert, ...pick(certificates[who]) };
    return send(addresses.http!, `GET ${path}`, [], '', tls);
  };
  const rows: readonly (readonly [who: string, path: string, status: number])[] = [
    ['nobody', '/health/live', 200],
    ['nobody', '/health/ready', 200],
    ['foreign', '/health/ready', 200],
    ['nobody', '/v1/status', 401],
    ['nobody', '/metrics', 401],
    ['nobody', '/v1/data/gate/open', 401],
    ['expired', '/v1/data/gate/open', 401],
    ['foreign', '/v1/data/gate/open', 401],
    ['stranger', '/v1/data/gate/open', 403],
    ['gateway', '/v1/data/gate/open', 403],
    ['backend', '/v1/data/gate/open', 200],
    ['gateway', '/metrics', 403],
    ['auditor', '/metrics', 200],
    ['operator', '/metrics', 403],
  ];
  for (const [who, path, status] of rows)
    assert.equal((await get(who, path)).status, status, `${who}: ${path}`);
  const seen = async (who: string): Promise<string[]> =>
    (JSON.parse((await get(who, '/v1/status')).body) as { policy_sets: { name: string }[] }).policy_sets.map(
      ({ name }) => name,
    );
  assert.deepEqual(
    [await seen('gateway'), await seen('backend'), await seen('auditor')],
    [['red'], ['blue'], ['red', 'blue']],
  );
});

const pick = (who: Issued | undefined): { cert?: Buffer; key?: Buffer } =>
  who === undefined ? {} : { cert: who.cert, key: who.key };

/** The certificate that a new connection is shown. */
async function shown({ addresses }: RunningServer): Promise<string> {
  const socket = connectTls({
    port: port(addresses.grpc),
    host: '127.0.0.1',
    ca: [authority.cert, foreign.cert],
    ALPNProtocols: ['h2'],
  });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerX509Certificate()!;
  socket.destroy();
  return fingerprint256;
}

test('certificates are replaced while it serves: new connections see the new ones, old ones go on', async (t) => {
  const site = await siteOf(t);
  const running = await site.start();
  const fingerprint = (issued: Issued): string => new X509Certificate(issued.cert).fingerprint256;
  const replace = async (name: string, from: string): Promise<void> => {
    await copyFile(from, site.path(`${name}.new`));
    await rename(site.path(`${name}.new`), site.path(name));
  };
  const old = dial(site, running.addresses.grpc, certificates['gateway']);
  assert.equal(await codeOf(check('red')(old)), 'OK');
  assert.equal(await shown(running), fingerprint(server));

  // A certificate without its key is not taken.
  const next = await authority.issue('next', ['DNS:localhost', 'IP:127.0.0.1']);
  await replace('server.crt', next.certFile);
  assert.equal(await shown(running), fingerprint(server));
  await replace('server.key', next.keyFile);
  await until(
    () => shown(running),
    (seen) => seen === fingerprint(next),
  );
  assert.equal(await codeOf(check('red')(old)), 'OK');
  assert.equal(await codeOf(check('red')(dial(site, running.addresses.grpc, certificates['gateway']))), 'OK');

  // Clients of the old authority are no longer known on new connections; those of the new one are.
  await replace('ca.crt', foreign.certFile);
  await until(
    () => codeOf(check('red')(dial(site, running.addresses.grpc, certificates['gateway']))),
    (code) => code === 'UNAUTHENTICATED',
  );
  assert.equal(await codeOf(check('red')(dial(site, running.addresses.grpc, certificates['foreign']))), 'OK');
  assert.equal(await codeOf(check('red')(old)), 'OK');
});

test('nothing that strangers could reach is served without TLS', async (t) => {
  const { run, write } = await cliFolder(t);
  const sets = 'policySets: { red: { bundles: { policy: { source: file:x.tar.gz, unsigned: allow } } } }\n';
  const tls = 'tls: { certFile: server.crt, keyFile: server.key, clientCaFile: ca.crt }';
  const rows: readonly (readonly [written: string, message: RegExp])[] = [
    ['grpc: { address: 0.0.0.0:0 }', /grpc\.address is off loopback without TLS/],
    ['grpc: { address: "[::]:0" }', /grpc\.address is off loopback without TLS/],
    ['http: { address: 192.0.2.1:0 }', /http\.address is off loopback without TLS/],
    ['http: { address: portcullis.example:0 }', /http\.address is off loopback without TLS/],
    ['admin: { address: 0.0.0.0:0 }', /admin\.address is off loopback: add tls/],
    [`admin: { address: 0.0.0.0:0, ${tls} }`, /admin\.address is off loopback: add tls/],
    ['admin: { address: 0.0.0.0:0, insecure: true }', /admin/],
    ['clients: { a: { dns: [a] } }', /clients cannot be recognised/],
  ];
  for (const [written, message] of rows) {
    await write('portcullis.yaml', `${sets}${written}\n`);
    const { code, err } = await run(['serve']);
    assert.deepEqual([code, message.test(err)], [2, true], `${written}: ${err}`);
  }
});
