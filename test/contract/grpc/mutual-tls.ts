/** Contract, part 6: callers that prove who they are by a certificate, and for how long. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../../src/clock.ts';
import type { Address } from '../../../src/config/address.ts';
import type { TlsFiles } from '../../../src/transport/tls.ts';
import { type Authority, createAuthority, filesOf, type Issued } from '../certificates.ts';
import {
  askPeer,
  gate,
  PATH,
  type Served,
  type Subject,
  serve,
  temporaryFolder,
  unary,
  whoami,
} from './harness.ts';
import { RawClient } from './raw-client.ts';

const SPIFFE = 'spiffe://prod/ns/edge/sa/gateway';

/** An authority, files for a server that requires its certificates, and a client that has one. */
async function mutualTls(
  t: TestContext,
): Promise<{ readonly ca: Authority; readonly gateway: Issued; readonly tls: TlsFiles }> {
  const ca = await createAuthority(await temporaryFolder(t), 'ca');
  const [own, gateway] = await Promise.all([
    ca.issue('server', ['DNS:localhost']),
    ca.issue('gateway', [`URI:${SPIFFE}`]),
  ]);
  const tls = { ...filesOf(own), clientCaFile: ca.certFile, requireClientCert: true };
  return { ca, gateway, tls };
}

export function mutualTlsContract(subject: Subject): void {
  const { name } = subject;

  test(`${name}: mTLS: the names of a verified certificate`, async (t) => {
    const folder = await temporaryFolder(t);
    const ca = await createAuthority(folder, 'ca');
    const tls = {
      ...filesOf(await ca.issue('server', ['DNS:localhost'])),
      clientCaFile: ca.certFile,
      requireClientCert: true,
    };
    const server = await serve(t, subject, [whoami], { tls });
    const gateway = await ca.issue('gateway', [
      `URI:${SPIFFE}`,
      'URI:spiffe://prod/b',
      'DNS:gateway.example',
    ]);
    const spoofer = await ca.issue('spoofer', ['DNS:evil.example, URI:spiffe://prod/admin']);
    const nameless = await ca.issue('nameless', ['IP:127.0.0.1']);
    const expected = new Map<Issued, readonly [uri: string[], dns: string[]]>([
      [gateway, [[SPIFFE, 'spiffe://prod/b'], ['gateway.example']]],
      [spoofer, [[], ['evil.example, URI:spiffe://prod/admin']]],
      [nameless, [[], []]],
    ]);
    for (const [{ cert, key }, [uriNames, dnsNames]] of expected) {
      const client = await server.connect({ ca: ca.cert, cert, key });
      const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
      const { certificate } = await askPeer(client);
      assert.deepEqual([certificate?.uriNames, certificate?.dnsNames], [uriNames, dnsNames]);
      assert.equal(certificate?.fingerprint, fingerprint);
      assert.match(certificate?.subject ?? '', /O=Portcullis/);
    }
  });

  test(`${name}: mTLS: no certificate, a stranger's and an expired one are refused`, async (t) => {
    const folder = await temporaryFolder(t);
    const ca = await createAuthority(folder, 'ca');
    const other = await createAuthority(folder, 'other');
    const tls = { ...filesOf(await ca.issue('server', ['DNS:localhost'])), clientCaFile: ca.certFile };
    const strict = await serve(t, subject, [whoami], { tls: { ...tls, requireClientCert: true } });
    const lenient = await serve(t, subject, [whoami], { tls });
    const stranger = await other.issue('stranger', [`URI:${SPIFFE}`]);
    const expired = await ca.issueExpired('expired', [`URI:${SPIFFE}`]);
    const attempts: ConnectionOptions[] = [
      {},
      ...[stranger, expired].map(({ cert, key }) => ({ cert, key })),
    ];
    for (const attempt of attempts) {
      assert.notEqual(await statusOf(strict, { ca: ca.cert, ...attempt }), 0);
      // Where certificates are optional, one that is not verified counts as none.
      const peer = await askPeer(await lenient.connect({ ca: ca.cert, ...attempt }));
      assert.equal(peer.certificate, undefined);
    }
  });

  test(`${name}: mTLS: a connection ends with its certificate, and its calls are answered`, async (t) => {
    const finish = gate();
    const { ca, gateway, tls } = await mutualTls(t);
    const endMs = new X509Certificate(gateway.cert).validToDate.getTime();
    let wallMs = endMs - 50;
    const clock: Clock = { wallMs: () => wallMs, monotonicMs: () => performance.now() };
    const slow = unary(async (request) => {
      await finish.opened;
      return request;
    }, '/contract.Test/Slow');
    const server = await serve(t, subject, [slow, whoami], { tls, clock });
    const client = await server.connect({ ca: ca.cert, cert: gateway.cert, key: gateway.key });
    assert.equal((await askPeer(client)).certificate?.uriNames[0], SPIFFE);
    const waiting = client.call('/contract.Test/Slow', '');
    wallMs = endMs;
    await once(client.session, 'goaway');
    finish.open();
    assert.equal((await waiting).status, 0);
    await client.closed();
    // TLS takes it still, by the clock of the machine.
    assert.notEqual(await statusOf(server, { ca: ca.cert, cert: gateway.cert, key: gateway.key }), 0);
  });

  test(`${name}: mTLS: connections have an age of an hour by default, and those without client certificates none`, async (t) => {
    const { ca, gateway, tls } = await mutualTls(t);
    const limits = { keepaliveIntervalMs: Number.POSITIVE_INFINITY, maxConnectionAgeGraceMs: 86_400_000 };
    const open = async (files: TlsFiles): Promise<RawClient> => {
      const server = await serve(t, subject, [whoami], { tls: files, limits });
      const client = await server.connect({ ca: ca.cert, cert: gateway.cert, key: gateway.key });
      await askPeer(client);
      return client;
    };
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const verified = await open(tls);
    const other = await open({ certFile: tls.certFile, keyFile: tls.keyFile });
    t.mock.timers.tick(53 * 60_000);
    await Promise.all([askPeer(verified), askPeer(other)]);
    const told = once(verified.session, 'goaway');
    t.mock.timers.tick(14 * 60_000);
    t.mock.timers.reset();
    await told;
    await verified.closed();
    await askPeer(other);
  });

  test(`${name}: mTLS: two connections from one port to two addresses keep their identities apart`, async (t) => {
    const ca = await createAuthority(await temporaryFolder(t), 'ca');
    const [own, weak, admin] = await Promise.all([
      ca.issue('server', ['DNS:localhost']),
      ca.issue('weak', ['URI:spiffe://prod/weak']),
      ca.issue('admin', ['URI:spiffe://prod/admin']),
    ]);
    const tls = { ...filesOf(own), clientCaFile: ca.certFile, requireClientCert: true };
    const address: Address = { kind: 'tcp', host: '0.0.0.0', port: 0 };
    const server = await serve(t, subject, [whoami], { address, tls });
    const { port } = server.address as { port: number };
    const connectTo = async (host: string, { cert, key }: Issued, from?: number): Promise<RawClient> => {
      const client = await RawClient.connect({ kind: 'tcp', host, port }, { ca: ca.cert, cert, key }, from);
      t.after(() => client.close());
      return client;
    };
    // A port that was bound by name, also as any (0), may be bound again for another address.
    const first = await connectTo('127.0.0.1', weak, 0);
    const second = await connectTo('127.0.0.2', admin, first.socket.localPort);
    assert.equal(second.socket.localPort, first.socket.localPort);
    const nameOf = async (client: RawClient): Promise<unknown> =>
      (await askPeer(client)).certificate?.uriNames[0];
    assert.equal(await nameOf(second), 'spiffe://prod/admin');
    assert.equal(await nameOf(first), 'spiffe://prod/weak');
    second.close();
    await second.closed();
    // While it was connected and asked, the server has seen the end of `second`.
    const third = await connectTo('127.0.0.2', admin);
    assert.equal(await nameOf(third), 'spiffe://prod/admin');
    assert.equal(await nameOf(first), 'spiffe://prod/weak');
  });

  async function statusOf(server: Served, tls: ConnectionOptions): Promise<number | undefined> {
    const client = await server.connect(tls).catch(() => undefined);
    return client === undefined ? undefined : (await client.call(PATH, '')).status;
  }
}
