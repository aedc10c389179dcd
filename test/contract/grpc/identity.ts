/** Contract, part 5: where the server listens, who is calling, and TLS. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { type Address, parseAddress } from '../../../src/config/address.ts';
import type { Peer } from '../../../src/rpc.ts';
import type { TlsFiles } from '../../../src/transport/tls.ts';
import { type Authority, createAuthority, filesOf, type Issued } from '../certificates.ts';
import {
  askPeer,
  echo,
  gate,
  PATH,
  type Served,
  type Subject,
  serve,
  temporaryFolder,
  unary,
  until,
  whoami,
} from './harness.ts';
import { RawClient } from './raw-client.ts';

/** The certificate that the server shows to a new connection. */
async function shown(server: Served, ca: Authority): Promise<string> {
  const client = await server.connect({ ca: ca.cert });
  return (client.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? '';
}

export function identityContract(subject: Subject): void {
  const { name } = subject;

  test(`${name}: a caller over IPv4 and IPv6 loopback is local and has no certificate`, async (t) => {
    for (const [text, host] of [
      ['127.0.0.1:0', '127.0.0.1'],
      ['[::1]:0', '[::1]'],
    ] as const) {
      const server = await serve(t, subject, [whoami], { address: parseAddress(text) as Address });
      const client = await server.connect();
      assert.deepEqual(await askPeer(client), { address: `${host}:${client.socket.localPort}`, local: true });
    }
  });

  test(`${name}: a Unix socket: its mode, its caller, its end`, async (t) => {
    const path = join(await temporaryFolder(t), 'grpc.sock');
    const server = await serve(t, subject, [whoami], { address: { kind: 'unix', path } });
    assert.equal((await stat(path)).mode & 0o777, 0o660);
    assert.deepEqual(await askPeer(await server.connect()), { address: 'unix', local: true });
    await server.transport.drain(0);
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  test(`${name}: a socket file is taken over only when nobody listens on it`, async (t) => {
    const path = join(await temporaryFolder(t), 'grpc.sock');
    const address: Address = { kind: 'unix', path };
    const living = await serve(t, subject, [whoami], { address });
    await assert.rejects(serve(t, subject, [whoami], { address }), { code: 'io_failed' });
    assert.equal((await askPeer(await living.connect())).address, 'unix');
    await living.transport.drain(0);

    // What a killed process leaves behind: the name of a socket that nobody listens on.
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.dead`, resolve));
    await rename(`${path}.dead`, path);
    await new Promise((resolve) => dead.close(resolve));
    assert.ok((await stat(path)).isSocket());
    const next = await serve(t, subject, [whoami], { address });
    assert.equal((await askPeer(await next.connect())).address, 'unix');
    await next.transport.drain(0);

    await writeFile(path, 'precious');
    await assert.rejects(serve(t, subject, [whoami], { address }), { code: 'io_failed' });
    assert.equal(await readFile(path, 'utf8'), 'precious');
  });

  test(`${name}: an address in use, and one that is not safe, are refused`, async (t) => {
    const { address } = await serve(t, subject, [echo]);
    await assert.rejects(serve(t, subject, [echo], { address }), { code: 'io_failed' });
    const open: Address = { kind: 'tcp', host: '0.0.0.0', port: 0 };
    await assert.rejects(serve(t, subject, [echo], { address: open }), { code: 'config_invalid' });
  });

  test(`${name}: TLS from 1.2 with HTTP/2 negotiated, and nothing less`, async (t) => {
    const ca = await createAuthority(await temporaryFolder(t), 'ca');
    const tls = filesOf(await ca.issue('server', ['DNS:localhost', 'IP:127.0.0.1']));
    const server = await serve(t, subject, [whoami], { tls });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = await server.connect({ ca: ca.cert, minVersion: version, maxVersion: version });
      assert.equal((client.socket as TLSSocket).getProtocol(), version);
      const { certificate, local } = await askPeer(client);
      assert.deepEqual([certificate, local], [undefined, true]);
    }
    await assert.rejects(server.connect({ ca: ca.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' }));
    await assert.rejects(server.connect({ ca: ca.cert, ALPNProtocols: ['http/1.1'] }));
    await assert.rejects(RawClient.connect(server.address, { ca: [] }));
    const plain = await server.connect();
    assert.notEqual((await plain.call(PATH, '')).status, 0);
  });

  test(`${name}: a client cannot name another's call, and handlers see no header of the transport's own`, async (t) => {
    const called = gate<string>();
    const finish = gate();
    const server = await serve(t, subject, [
      unary(async (_, call) => {
        const all = subject.ownHeaders.map((header) => call.metadata(header));
        called.open(call.peer.address);
        await finish.opened;
        return Buffer.from(JSON.stringify({ peer: call.peer, all }));
      }),
    ]);
    const victim = await server.connect();
    const waiting = victim.call(PATH, '');
    await called.opened;
    finish.open();
    const attacker = await server.connect();
    for (const value of ['', 'x', ['a', 'b']]) {
      const sent = Object.fromEntries(subject.ownHeaders.map((header) => [header, value]));
      const { status, messages } = await attacker.call(PATH, '', sent);
      assert.equal(status, 0);
      const { peer, all } = JSON.parse(String(messages[0])) as { peer: Peer; all: unknown[] };
      assert.equal(peer.address, `127.0.0.1:${attacker.socket.localPort}`);
      assert.deepEqual(
        all,
        subject.ownHeaders.map(() => null),
      );
    }
    assert.equal((await waiting).status, 0);
  });

  test(`${name}: nothing that a client sends is printed`, async (t) => {
    const printed = (['error', 'warn', 'info', 'log', 'debug'] as const).map((method) =>
      t.mock.method(console, method),
    );
    const client = await (await serve(t, subject, [echo])).connect();
    await client.call(echo.path, '', { authorization: 'Bearer s\u00e9cret' });
    await client.call(echo.path, '', { 'x!y': 'z', 'grpc-timeout': 'soon', 'grpc-encoding': 'none' });
    await client.call(`${echo.path}/unknown`, '');
    assert.deepEqual(
      printed.flatMap(({ mock }) => mock.calls.map(({ arguments: what }) => what)),
      [],
    );
  });

  test(`${name}: certificates are read again when the files change; open connections go on`, async (t) => {
    const folder = await temporaryFolder(t);
    const ca = await createAuthority(folder, 'ca');
    const [one, two, three] = await Promise.all(
      ['one', 'two', 'three'].map((leaf) => ca.issue(leaf, ['DNS:localhost'])),
    );
    assert.ok(one && two && three);
    // As Kubernetes mounts secrets: the names lead through a symlink that is swapped.
    const mount = join(folder, 'mount');
    await mkdir(mount);
    const swapTo = async (version: string, { cert, key }: Issued): Promise<void> => {
      await mkdir(join(mount, version));
      await writeFile(join(mount, version, 'tls.crt'), cert);
      await writeFile(join(mount, version, 'tls.key'), key);
      await symlink(version, join(mount, '..tmp'));
      await rename(join(mount, '..tmp'), join(mount, '..data'));
    };
    await swapTo('..1', one);
    const tls: TlsFiles = { certFile: join(mount, 'tls.crt'), keyFile: join(mount, 'tls.key') };
    await symlink('..data/tls.crt', tls.certFile);
    await symlink('..data/tls.key', tls.keyFile);

    const server = await serve(t, subject, [echo], { tls });
    const fingerprint = ({ cert }: Issued): string => new X509Certificate(cert).fingerprint256;
    assert.equal(await shown(server, ca), fingerprint(one));
    const early = await server.connect({ ca: ca.cert });
    await swapTo('..2', two);
    await until(async () => (await shown(server, ca)) === fingerprint(two));
    assert.equal((await early.call(echo.path, '')).status, 0);
    assert.deepEqual(server.errors, []);

    // A certificate without its key: the old pair stays, and the reason is told.
    await writeFile(join(mount, '..2', 'tls.crt'), three.cert);
    await until(() => server.errors.some(({ code }) => code === 'config_invalid'));
    assert.equal(await shown(server, ca), fingerprint(two));
    await writeFile(join(mount, '..2', 'tls.key'), three.key);
    await until(async () => (await shown(server, ca)) === fingerprint(three));
    assert.equal((await early.call(echo.path, '')).status, 0);
  });

  test(`${name}: certificates that cannot be used refuse the start and name the file`, async (t) => {
    const folder = await temporaryFolder(t);
    const ca = await createAuthority(folder, 'ca');
    const [one, two] = await Promise.all(['one', 'two'].map((leaf) => ca.issue(leaf, ['DNS:localhost'])));
    assert.ok(one && two);
    const broken = join(folder, 'broken.pem');
    await writeFile(broken, 'no certificate');
    const cases: readonly (readonly [TlsFiles, RegExp])[] = [
      [{ ...filesOf(one), certFile: join(folder, 'missing.crt') }, /missing\.crt/],
      [{ ...filesOf(one), keyFile: broken }, /broken\.pem/],
      [{ ...filesOf(one), clientCaFile: broken }, /broken\.pem/],
      [{ ...filesOf(one), keyFile: two.keyFile }, /one\.crt.*two\.key/],
      [{ ...filesOf(one), requireClientCert: true }, /clientCaFile/],
    ];
    for (const [tls, message] of cases) {
      await assert.rejects(serve(t, subject, [echo], { tls }), { code: 'config_invalid', message });
    }
  });
}
