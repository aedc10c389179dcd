// needs: openssl
/** `check` against a server of its own, and `serve` around a server that only counts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { styleText } from 'node:util';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { serveCommand } from '../src/cli/serve.ts';
import { PortcullisError } from '../src/errors.ts';
import {
  CheckRequestSchema,
  CheckResponseSchema,
  type DecisionSchema,
  type Question,
  Status,
} from '../src/gen/portcullis/v1/decision_pb.ts';
import { createAuthority } from './contract/certificates.ts';
import { cliFolder, recordingIo } from './support/run-cli.ts';

type DecisionInit = MessageInitShape<typeof DecisionSchema>;

type Answer = { readonly decision: DecisionInit } | { readonly error: Partial<ServiceError> };

/** A DecisionService that answers as told and keeps what it was asked. */
async function fakeServer(
  t: TestContext,
  answer: () => Answer,
  security = ServerCredentials.createInsecure(),
) {
  const questions: Question[] = [];
  const server = new Server();
  server.addService(
    {
      check: {
        path: '/portcullis.v1.DecisionService/Check',
        requestStream: false,
        responseStream: false,
        requestSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
        requestDeserialize: (bytes: Buffer) => fromBinary(CheckRequestSchema, bytes),
        responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    },
    {
      check: (
        call: { request: { question?: Question } },
        respond: (error: Partial<ServiceError> | null, response?: Uint8Array) => void,
      ) => {
        questions.push(call.request.question!);
        const given = answer();
        if ('error' in given) respond(given.error);
        else respond(null, toBinary(CheckResponseSchema, create(CheckResponseSchema, given)));
      },
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', security, (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  const port = await promise;
  t.after(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}`, questions };
}

const DECISION: DecisionInit = {
  decisionId: 'd1',
  allowed: false,
  status: Status.DENIED,
  reasons: ['too late'],
  obligations: { retry: true },
  provenance: { policySet: 'shop', entrypoint: 'shop/authz', revisions: { policy: 'r1' }, digest: 'abc' },
  cached: true,
  cacheable: true,
  validUntil: { seconds: 1_800_000_000n, nanos: 500_000_000 },
};

test('check prints the decision and exits with it', async (t) => {
  const { run } = await cliFolder(t);
  let decision = DECISION;
  const { address } = await fakeServer(t, () => ({ decision }));

  const json = await run(['check', '--address', address]);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.out), {
    allowed: false,
    status: 'denied',
    reasons: ['too late'],
    obligations: { retry: true },
    decisionId: 'd1',
    policySet: 'shop',
    entrypoint: 'shop/authz',
    revisions: { policy: 'r1' },
    digest: 'abc',
    cached: true,
    cacheable: true,
    validUntil: '2027-01-15T08:00:00.500Z',
  });
  const text = await run(['check', '--address', address], { isTty: true });
  assert.equal(
    text.out,
    'deny\n  too late\n  with {"retry":true}\n  shop shop/authz, revision r1, cached, decision d1\n',
  );
  decision = { ...DECISION, allowed: true, status: Status.ALLOWED };
  const allowed = await run(['check', '--address', address], { isTty: true, color: true });
  assert.equal(allowed.code, 0);
  assert.ok(allowed.out.startsWith(styleText(['green', 'bold'], 'allow', { validateStream: false })));
  decision = { decisionId: 'd2', status: Status.NOT_READY };
  const notReady = await run(['check', '--address', address, '--no-json']);
  assert.deepEqual([notReady.code, notReady.out], [1, 'deny (not ready)\n  decision d2\n']);
});

test('check sends what was typed, numbers as they were written', async (t) => {
  const { run } = await cliFolder(t);
  const { address, questions } = await fakeServer(t, () => ({ decision: DECISION }));
  const ask = async (...flags: string[]): Promise<Question> => {
    await run(['check', ...flags], {
      stdin: () => Promise.resolve(Buffer.from('[1.0]')),
      env: { PORTCULLIS_GRPC_ADDRESS: address },
    });
    return questions.pop()!;
  };
  const jsonOf = ({ input }: Question): string =>
    input.case === 'json' ? Buffer.from(input.value).toString() : String(input.case);

  const plain = await ask('-p', 'shop', '-e', 'shop/authz', '--no-cache');
  assert.deepEqual([plain.policySet, plain.entrypoint, plain.noCache], ['shop', 'shop/authz', true]);
  assert.equal(plain.input.case, undefined, 'no input is not null');
  assert.equal(jsonOf(await ask('--input', '{"a": 1.0}')), '{"a": 1.0}');
  assert.equal(jsonOf(await ask('--input', '-')), '[1.0]');
  const access = await ask('--subject', '{"id":"a"}', '--resource', '{"size":1e3}');
  assert.equal(jsonOf(access), '{"subject":{"id":"a"},"resource":{"size":1e3}}');
});

test('what the server refuses becomes an error with its own code', async (t) => {
  const { run } = await cliFolder(t);
  let error: Partial<ServiceError> = {};
  const { address } = await fakeServer(t, () => ({ error }));
  const table: [status, string, number][] = [
    [status.UNAUTHENTICATED, 'unauthenticated', 3],
    [status.PERMISSION_DENIED, 'forbidden', 3],
    [status.INVALID_ARGUMENT, 'invalid_request', 2],
    [status.RESOURCE_EXHAUSTED, 'over_limit', 3],
    [status.UNAVAILABLE, 'io_failed', 3],
    [status.DATA_LOSS, 'internal', 3],
  ];
  for (const [code, name, exitCode] of table) {
    error = { code, details: 'because' };
    const ran = await run(['check', '--address', address]);
    assert.match(ran.err, new RegExp(`^error \\[${name}\\]: .*because`), name);
    assert.deepEqual([ran.code, ran.out], [exitCode, ''], name);
  }
});

test('check trusts what it is told to trust, and shows its own certificate', async (t) => {
  const { cwd, run } = await cliFolder(t);
  const authority = await createAuthority(cwd, 'authority');
  const serve = async (name: string, altName: string): Promise<string> => {
    const { cert, key } = await authority.issue(name, [altName]);
    const pair = [{ private_key: key, cert_chain: cert }];
    const security = ServerCredentials.createSsl(authority.cert, pair, true);
    return (await fakeServer(t, () => ({ decision: DECISION }), security)).address;
  };
  const byAddress = await serve('by-address', 'IP:127.0.0.1');
  const byName = await serve('by-name', 'DNS:pdp.example');
  await authority.issue('client', ['DNS:client']);
  await createAuthority(cwd, 'stranger');
  const own = ['--cert', 'client.crt', '--key', 'client.key'];
  const table: [string, string[], number][] = [
    [byAddress, ['--ca', 'authority.crt', ...own], 1],
    [byName, ['--ca', 'authority.crt', ...own, '--server-name', 'pdp.example'], 1],
    [byName, ['--ca', 'authority.crt', ...own], 3],
    [byAddress, ['--ca', 'authority.crt', ...own, '--server-name', 'pdp.example'], 3],
    [byAddress, ['--ca', 'stranger.crt', ...own], 3],
    [byAddress, ['--tls', ...own], 3],
    [byAddress, ['--ca', 'authority.crt'], 3],
    [byAddress, [], 3],
  ];
  for (const [address, flags, code] of table) {
    const ran = await run(['check', '--address', address, ...flags]);
    assert.equal(ran.code, code, `${flags.join(' ')}: ${ran.err}`);
    if (code === 3) assert.match(ran.err, /^error \[io_failed\]: cannot ask 127/);
  }
  const swapped = await run([
    'check',
    '--ca',
    'authority.crt',
    '--cert',
    'client.key',
    '--key',
    'client.crt',
  ]);
  assert.equal(swapped.code, 2);
  assert.match(swapped.err, /cannot use these certificates/);
});

test('a server that is not there is a failure at run time', async (t) => {
  const { run } = await cliFolder(t);
  const { code, err } = await run(['check', '--address', 'unix:no.sock', '--timeout', '2s']);
  assert.equal(code, 3);
  assert.match(err, /^error \[(?:io_failed|deadline_exceeded)\]/);
});

const CONFIG = `
policySets:
  shop: { bundles: { policy: { source: 'file:a.tar.gz', unsigned: allow } } }
  other: { bundles: { policy: { source: 'file:a.tar.gz', unsigned: allow } } }
`;

test('serve says how to ask it, reloads when told, and stops once', async (t) => {
  const { cwd, write } = await cliFolder(t);
  await write('portcullis.yaml', CONFIG);
  const stopping = new AbortController();
  const counts = { started: 0, reloads: 0, stops: 0 };
  const ready = Promise.withResolvers<() => void>();
  const { io, printed } = recordingIo({
    cwd,
    isTty: true,
    signal: stopping.signal,
    onReload: (listener) => {
      ready.resolve(listener);
      return () => {};
    },
  });
  const serving = serveCommand(
    io,
    () => {},
    (config) => {
      counts.started++;
      assert.equal(Object.keys(config.policySets).length, 2);
      return Promise.resolve({
        addresses: {
          grpc: { kind: 'tcp', host: '127.0.0.1', port: 1234 },
          http: { kind: 'tcp', host: '::1', port: 80 },
          admin: { kind: 'unix', path: '/run/a.sock' },
        },
        reload: () => {
          counts.reloads++;
          return Promise.reject(new PortcullisError('io_failed', 'said elsewhere'));
        },
        stop: () => {
          counts.stops++;
          return Promise.resolve();
        },
      });
    },
  ).parseAsync([], { from: 'user' });
  const reload = await ready.promise;
  reload();
  reload();
  for (const expected of [
    /^ {2}gRPC {3}127\.0\.0\.1:1234$/m,
    /^ {2}HTTP {3}http:\/\/\[::1\]:80$/m,
    /^ {2}admin {2}unix:\/run\/a\.sock$/m,
    /^ {2}portcullis check --address 127\.0\.0\.1:1234 --policy-set shop --input '\{\}'$/m,
    /^ {2}grpcurl -plaintext -d '\{"question":\{"policySet":"shop","struct":\{\}\}\}' 127\.0\.0\.1:1234 portcullis\.v1\.DecisionService\/Check$/m,
  ]) {
    assert.match(printed.err, expected);
  }
  stopping.abort();
  await serving;
  assert.deepEqual(counts, { started: 1, reloads: 2, stops: 1 });
});

test('a process waits for its server to stop, whatever that waits for', async (t) => {
  const { cwd, write } = await cliFolder(t);
  await write('portcullis.yaml', CONFIG);
  const source = `
    import { setTimeout } from 'node:timers/promises';
    import { serveCommand } from '${import.meta.resolve('../src/cli/serve.ts')}';
    import { recordingIo } from '${import.meta.resolve('./support/run-cli.ts')}';
    const { io } = recordingIo({ cwd: ${JSON.stringify(cwd)}, signal: AbortSignal.abort() });
    const stop = () => setTimeout(20, undefined, { ref: false });
    const start = async () => ({ addresses: {}, reload: stop, stop });
    await serveCommand(io, () => {}, start).parseAsync([], { from: 'user' });
    console.log('stopped');`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' });
  assert.deepEqual([ran.status, ran.stdout], [0, 'stopped\n'], ran.stderr);
});
