/** A server that cannot open one of its listeners has answered nobody: that shows before the first of them opens. */
import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ServerSite } from './support/server-site.ts';
import { Signer } from './support/signed-bundles.ts';

/** Without its bundle it listens all the same. */
const config = (
  http: string,
  admin: string,
  grpc = '{ address: "unix:grpc.sock" }',
): string => `stateDir: state
grpc: ${grpc}
http: ${http}
admin: ${admin}
keys: { test: { file: key.pem } }
policySets: { none: { bundles: { none: { source: file:none.tar.gz, verification: { keys: [test] } } } } }
decisionLog: { enabled: false }
logging: { level: silent }
`;

/** The listeners that this process opens from now on: not those that only try an address, which have no bound of connections. */
function opened(t: TestContext): readonly ReturnType<Server['address']>[] {
  const addresses: ReturnType<Server['address']>[] = [];
  const channel = tracingChannel('net.server.listen');
  const noted = {
    asyncEnd: (message: object) => {
      const { server } = message as { server: Server };
      if ((server.maxConnections as number | undefined) !== undefined) addresses.push(server.address());
    },
  };
  channel.subscribe(noted);
  t.after(() => channel.unsubscribe(noted));
  return addresses;
}

/** A port of loopback that nobody has. */
async function freePort(): Promise<number> {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  other.close();
  await once(other, 'close');
  return port;
}

/** A port of loopback that another server has. */
async function takenPort(t: TestContext): Promise<number> {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const address = other.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

const FREE = '{ address: 127.0.0.1:0 }';
const BAD_TLS = '{ address: 127.0.0.1:0, tls: { certFile: none.pem, keyFile: key.pem } }';

for (const [name, http, admin, code, message] of [
  [
    'HTTP at a port in use',
    '{ address: 127.0.0.1:PORT }',
    FREE,
    'io_failed',
    /another process or listener is there/,
  ],
  [
    'operators at a port in use',
    FREE,
    '{ address: 127.0.0.1:PORT }',
    'io_failed',
    /another process or listener/,
  ],
  ['operators at no folder', FREE, '{ address: "unix:no/admin.sock" }', 'io_failed', /no\/admin\.sock/],
  ['HTTP without its certificate', BAD_TLS, FREE, 'config_invalid', /none\.pem/],
  ['operators without their certificate', FREE, BAD_TLS, 'config_invalid', /none\.pem/],
] as const) {
  test(`nobody is answered before this shows: ${name}`, async (t) => {
    const port = await takenPort(t);
    const text = config(http, admin).replace('PORT', String(port));
    const site = await ServerSite.create(t, text, { 'key.pem': new Signer('test').publicKeyPem });
    const addresses = opened(t);
    await assert.rejects(site.start(), { code, message });
    assert.deepEqual(addresses, []);
  });
}

for (const workers of [1, 2]) {
  for (const [name, grpc, http, admin] of [
    ['gRPC and HTTP', '{ address: 0.0.0.0:PORT, insecure: true }', '{ address: 127.0.0.1:PORT }', FREE],
    ['HTTP and gRPC', '{ address: 127.0.0.1:PORT }', '{ address: 0.0.0.0:PORT, insecure: true }', FREE],
    ['gRPC and operators', '{ address: "[::]:PORT", insecure: true }', FREE, '{ address: 127.0.0.1:PORT }'],
    ['HTTP and operators', FREE, '{ address: 0.0.0.0:PORT, insecure: true }', '{ address: 127.0.0.1:PORT }'],
  ] as const) {
    test(`listeners do not share a port by addresses that are written differently: ${name}, workers: ${workers}`, async (t) => {
      const port = String(await freePort());
      const text = `workers: ${workers}\n${config(http, admin, grpc)}`.replaceAll('PORT', port);
      const site = await ServerSite.create(t, text, { 'key.pem': new Signer('test').publicKeyPem });
      const addresses = opened(t);
      await assert.rejects(site.start(), {
        code: 'io_failed',
        message: /another process or listener is there/,
      });
      assert.deepEqual(addresses, []);
    });
  }
}

test('a server without mistakes opens all of its listeners', async (t) => {
  const site = await ServerSite.create(t, config(FREE, '{ address: "unix:admin.sock" }'), {
    'key.pem': new Signer('test').publicKeyPem,
  });
  const addresses = opened(t);
  await site.start();
  assert.equal(addresses.length, 3);
  for (const path of ['grpc.sock', 'admin.sock']) assert.ok(addresses.includes(site.path(path)), path);
});
