/** A server that cannot open one of its listeners has answered nobody: that shows before the first of them opens. */
import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ServerSite } from './support/server-site.ts';
import { Signer } from './support/signed-bundles.ts';

/** Without its bundle it listens all the same. */
const config = (http: string, admin: string): string => `stateDir: state
grpc: { address: "unix:grpc.sock" }
http: ${http}
admin: ${admin}
keys: { test: { file: key.pem } }
policySets: { none: { bundles: { none: { source: file:none.tar.gz, verification: { keys: [test] } } } } }
decisionLog: { enabled: false }
logging: { level: silent }
`;

/** The paths of Unix sockets that this process listens on from now on. */
function listens(t: TestContext): readonly string[] {
  const paths: string[] = [];
  const channel = tracingChannel('net.server.listen');
  const noted = {
    asyncStart: (message: object) => {
      const { options } = message as { options: { path?: string } };
      if (options.path !== undefined) paths.push(options.path);
    },
  };
  channel.subscribe(noted);
  t.after(() => channel.unsubscribe(noted));
  return paths;
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
    /another process listens there/,
  ],
  ['operators at a port in use', FREE, '{ address: 127.0.0.1:PORT }', 'io_failed', /another process listens/],
  ['operators at no folder', FREE, '{ address: "unix:no/admin.sock" }', 'io_failed', /no\/admin\.sock/],
  ['HTTP without its certificate', BAD_TLS, FREE, 'config_invalid', /none\.pem/],
  ['operators without their certificate', FREE, BAD_TLS, 'config_invalid', /none\.pem/],
] as const) {
  test(`nobody is answered before this shows: ${name}`, async (t) => {
    const port = await takenPort(t);
    const text = config(http, admin).replace('PORT', String(port));
    const site = await ServerSite.create(t, text, { 'key.pem': new Signer('test').publicKeyPem });
    const paths = listens(t);
    await assert.rejects(site.start(), { code, message });
    assert.deepEqual(
      paths.filter((path) => path.endsWith('grpc.sock')),
      [],
    );
  });
}

test('a server without mistakes opens all of its listeners', async (t) => {
  const site = await ServerSite.create(t, config(FREE, '{ address: "unix:admin.sock" }'), {
    'key.pem': new Signer('test').publicKeyPem,
  });
  const paths = listens(t);
  await site.start();
  assert.ok(paths.some((path) => path.endsWith('grpc.sock')));
  assert.ok(paths.some((path) => path.endsWith('admin.sock')));
});
