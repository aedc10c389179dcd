// needs: grpcurl, ghz, openssl
/** grpc-go: grpcurl, one call at a time, and ghz, thousands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcurl } from '../support/tools.ts';
import { ghz } from '../support/wire-tools.ts';
import { type ClientsServer, REPEATS, runClient, startForClients } from './clients-server.ts';

const security = (server: ClientsServer, tls: boolean, plain: string): readonly [...string[]] =>
  tls ? ['-cacert', server.authority.certFile] : [plain];

test('grpcurl: unary, streams, large messages, deadlines, with TLS and without', async (t) => {
  const program = await grpcurl();
  const server = await startForClients(t);
  for (const tls of [false, true]) {
    const common = [
      ...security(server, tls, '-plaintext'),
      '-import-path',
      server.folder,
      '-proto',
      'wire.proto',
    ];
    const call = (
      method: string,
      text: unknown,
      ...more: readonly string[]
    ): ReturnType<typeof runClient> => {
      const target = [tls ? server.secure : server.plain, `wire.v1.Clients/${method}`];
      return runClient(program, [...common, ...more, '-d', '@', ...target], JSON.stringify(text));
    };
    const echoed = await call('Echo', { text: 'grpcurl', body: 'AAEC' });
    assert.deepEqual(JSON.parse(echoed.output || '{}'), { text: 'grpcurl', body: 'AAEC' }, echoed.errors);

    const repeated = await call('Repeat', { text: 'again' });
    assert.equal(repeated.output.match(/"again"/g)?.length, REPEATS, repeated.errors);

    const body = Buffer.alloc(3_000_000, 'large').toString('base64');
    const large = await call('Echo', { body }, '-max-msg-sz', '5000000');
    assert.equal((JSON.parse(large.output || '{}') as { body?: string }).body, body, large.errors);

    const late = await call('Wait', { text: 'x' }, '-max-time', '0.3');
    assert.match(late.errors, /DeadlineExceeded/);
    const unknown = await runClient(program, [
      ...common.slice(0, -1),
      'wire.proto',
      tls ? server.secure : server.plain,
      'wire.v1.Clients/Nothing',
    ]);
    assert.notEqual(unknown.exitCode, 0);
  }
  assert.equal(server.abandoned(), 2);
});

test('ghz: thousands of calls over several connections, gzip among them, none fails', async (t) => {
  const program = await ghz();
  const server = await startForClients(t);
  const runs: readonly (readonly [what: string, tls: boolean, args: readonly string[], total: number])[] = [
    [
      'unary',
      false,
      ['--call', 'wire.v1.Clients.Echo', '-n', '4000', '-c', '50', '--connections', '4'],
      4000,
    ],
    ['gzip', false, ['--call', 'wire.v1.Clients.Echo', '-n', '500', '-c', '20', '-e'], 500],
    ['streams', false, ['--call', 'wire.v1.Clients.Repeat', '-n', '200', '-c', '20'], 200],
    ['TLS', true, ['--call', 'wire.v1.Clients.Echo', '-n', '1000', '-c', '20', '--connections', '2'], 1000],
  ];
  for (const [what, tls, args, total] of runs) {
    const secured = tls ? ['--cacert', server.authority.certFile] : ['--insecure'];
    const files = ['--import-paths', server.folder, '--proto', `${server.folder}/wire.proto`];
    const asked = ['-d', JSON.stringify({ text: `ghz ${what} {{.RequestNumber}}` }), '-O', 'json'];
    const target = tls ? server.secure : server.plain;
    const { output, errors } = await runClient(program, [...secured, ...files, ...args, ...asked, target]);
    const report = JSON.parse(output || '{}') as { statusCodeDistribution?: Record<string, number> };
    assert.deepEqual(report.statusCodeDistribution, { OK: total }, `${what}: ${errors}`);
  }
});
