// needs: opa
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { before, type TestContext, test } from 'node:test';
import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { status as GrpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { RunningServer } from '../../src/app.ts';
import { GRPC_STATUS } from '../../src/errors.ts';
import {
  type Decision,
  DecisionService,
  type QuestionSchema,
  Status,
} from '../../src/gen/portcullis/v1/decision_pb.ts';
import { frame, RawClient } from '../contract/grpc/raw-client.ts';
import { openConnection, parseAnswer, readAll, send } from '../contract/http-client.ts';
import type { GrpcClient } from '../support/grpc-client.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

/** Allows everything; with \`size\` it works for that square. */
const POLICY = `package work

# METADATA
# entrypoint: true
decision := {"allowed": true} if not input.size

decision := {"allowed": count(products) >= 0} if input.size

products contains x if {
	some i in numbers.range(1, input.size)
	some j in numbers.range(1, input.size)
	x := (i * 10000) + j
}
`;

const CHECK = '/portcullis.v1.DecisionService/Check';
const KIB = 1024;
const signer = new Signer('test');
let archive: Uint8Array;
before(async () => {
  archive = await signer.archive(await bundleOf({ 'work.rego': POLICY }));
});

type Question = MessageInitShape<typeof QuestionSchema>;

interface Running {
  readonly server: RunningServer;
  readonly site: ServerSite;
  readonly client: GrpcClient;
  readonly http: { readonly kind: 'tcp'; readonly host: string; readonly port: number };
}

const listeners = (grpc: string, http: string): string =>
  QUIET_CONFIG.replace(
    'grpc: { address: 127.0.0.1:0',
    `grpc: { address: 127.0.0.1:0, limits: { ${grpc} }`,
  ).replace('http: { address: 127.0.0.1:0', `http: { address: 127.0.0.1:0, limits: { ${http} }`);

async function running(t: TestContext, config: string): Promise<Running> {
  const written = `${config}keys: { test: { file: key.pem } }
policySets:
  work: { bundles: { policy: { source: file:bundle.tar.gz, verification: { keys: [test] } } } }
`;
  const files = { 'key.pem': signer.publicKeyPem, 'bundle.tar.gz': archive };
  const site = await ServerSite.create(t, written, files);
  const server = await site.start();
  const { http } = server.addresses;
  assert.ok(http?.kind === 'tcp');
  return { server, site, client: site.client(server.addresses.grpc), http };
}

const json = (text: string): Question => ({ input: { case: 'json', value: Buffer.from(text) } });

async function check(client: GrpcClient, question: Question): Promise<Decision> {
  return (await client.call(DecisionService.method.check, { question })).decision!;
}

/** The gRPC status that a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'OK';
  } catch (error) {
    return GrpcStatus[(error as ServiceError).code];
  }
}

const ask = async ({ http }: Running, input: string): Promise<number> =>
  (await send(http, 'POST /v1/data/work/decision', ['content-type: application/json'], `{"input":${input}}`))
    .status;

/** Asked over both listeners, on connections of their own, until both answer. */
async function stillAnswers(asked: Running): Promise<void> {
  const { client } = asked;
  await until(
    async () => [
      (await check(client, json('{"still":"there"}'))).allowed,
      await ask(asked, '{"still":"there"}'),
    ],
    ([allowed, status]) => allowed === true && status === 200,
  );
}

test('inputs and messages over their limits are refused by every API, in the words of the documents', async (t) => {
  const limits = 'limits: { maxInputBytes: 8KiB, maxInputDepth: 16, maxBatch: 10 }\n';
  const sizes = listeners('maxMessageBytes: 64KiB', 'maxBodyBytes: 64KiB, maxHeaderBytes: 4KiB');
  const server = await running(t, `${sizes}${limits}`);
  const { client, http } = server;
  const { evaluate, batchCheck, check: checkMethod } = DecisionService.method;

  const text = (bytes: number): JsonObject => ({ subject: { text: 'x'.repeat(bytes) } });
  const deep = (levels: number): JsonObject => {
    let value: JsonObject = {};
    for (let level = 2; level < levels; level++) value = { a: value };
    return { subject: value };
  };
  const rows: readonly (readonly [what: string, input: JsonObject, status: Status])[] = [
    ['small', text(7 * KIB), Status.ALLOWED],
    ['large', text(9 * KIB), Status.INPUT_TOO_LARGE],
    ['as deep as may be', deep(16), Status.ALLOWED],
    ['too deep', deep(17), Status.INPUT_TOO_LARGE],
    ['far too deep', deep(400), Status.INPUT_TOO_LARGE],
  ];
  for (const [what, input, status] of rows) {
    const forms: readonly Question[] = [
      json(JSON.stringify(input)),
      { input: { case: 'struct', value: input } },
      { input: { case: 'access', value: input } },
    ];
    const fits = status === Status.ALLOWED;
    for (const question of forms) {
      const label = `${what}: ${question.input!.case}`;
      const decision = await check(client, question);
      assert.deepEqual([decision.status, decision.allowed], [status, fits], label);
      assert.equal(decision.reasons.length, fits ? 0 : 1, label);
      assert.equal(
        await codeOf(client.call(evaluate, { question })),
        fits ? 'OK' : 'RESOURCE_EXHAUSTED',
        label,
      );
    }
    assert.equal(await ask(server, JSON.stringify(input)), fits ? 200 : 413, what);
    // In a batch only the one concerned is denied.
    const { decisions } = await client.call(batchCheck, { questions: [json('{}'), forms[0]!, json('{}')] });
    assert.deepEqual(
      decisions.map((decision) => decision.status),
      [Status.ALLOWED, status, Status.ALLOWED],
    );
  }

  const huge = json(JSON.stringify('x'.repeat(65 * KIB)));
  assert.equal(await codeOf(client.call(checkMethod, { question: huge })), 'RESOURCE_EXHAUSTED');
  assert.equal(await ask(server, JSON.stringify('x'.repeat(65 * KIB))), 413);
  const header = await send(http, 'GET /health/live', [`x: ${'x'.repeat(5 * KIB)}`]);
  assert.equal(header.status, 431);
  const longTarget = await send(http, `GET /v1/data/work/decision?input=${'1'.repeat(5 * KIB)}`);
  assert.equal(longTarget.status, 431);

  const batch = (length: number): Promise<unknown> =>
    client.call(batchCheck, { questions: Array.from({ length }, () => json('{}')) });
  assert.equal(await codeOf(batch(10)), 'OK');
  assert.equal(await codeOf(batch(0)), 'OK');
  assert.equal(await codeOf(batch(11)), 'RESOURCE_EXHAUSTED');
  await stillAnswers(server);
});

test('an evaluation that takes longer than it may is a denial, and the next question is answered', async (t) => {
  const server = await running(t, `${QUIET_CONFIG}limits: { maxDeadline: 50ms }\n`);
  const { client } = server;
  // Long enough on any machine.
  const long = '{"size":500}';
  const decision = await check(client, json(long));
  assert.deepEqual([decision.status, decision.allowed, decision.cached], [Status.TIMEOUT, false, false]);
  const { evaluate, batchCheck } = DecisionService.method;
  assert.equal(await codeOf(client.call(evaluate, { question: json(long) })), 'DEADLINE_EXCEEDED');
  assert.equal(await ask(server, long), 504);
  // The deadline is that of the whole batch: what comes after is denied as well, not decided late.
  const { decisions } = await client.call(batchCheck, { questions: [long, long, '{}'].map(json) });
  assert.deepEqual(
    decisions.map(({ status }) => status),
    [Status.TIMEOUT, Status.TIMEOUT, Status.TIMEOUT],
  );
  await stillAnswers(server);

  // The caller's own deadline, shorter than the server's.
  const patient = await running(t, QUIET_CONFIG);
  const question = json(long);
  // Either the client's clock is first, or the server's word that the time is up.
  const late = patient.client.call(DecisionService.method.check, { question }, 20);
  const code = await codeOf(late);
  if (code === 'OK') assert.equal((await late).decision?.status, Status.TIMEOUT);
  else assert.equal(code, 'DEADLINE_EXCEEDED');
  await stillAnswers(patient);
});

test('an evaluation that needs more memory than it may is a failure, and the next question is answered', async (t) => {
  const server = await running(t, `${QUIET_CONFIG}limits: { maxDeadline: 2m, maxEvaluationMemory: 16MiB }\n`);
  const { client } = server;
  const greedy = '{"size":1500}';
  for (let round = 0; round < 3; round++) {
    assert.equal((await check(client, json(greedy))).status, Status.EVALUATION_FAILED);
    assert.equal((await check(client, json('{"size":2}'))).status, Status.ALLOWED);
  }
  const { evaluate } = DecisionService.method;
  assert.equal(await codeOf(client.call(evaluate, { question: json(greedy) })), 'RESOURCE_EXHAUSTED');
  assert.equal(await ask(server, greedy), 500);
  await stillAnswers(server);
});

test('clients that send slowly are sent away, while others are answered', async (t) => {
  const slow = 'requestTimeout: 500ms';
  const server = await running(t, listeners(slow, slow));
  const grpc = await RawClient.connect(server.server.addresses.grpc);
  server.site.cleanup(() => grpc.session.destroy());
  const silent = grpc.start(CHECK);
  const half = grpc.start(CHECK);
  half.stream.write(frame('half a message').subarray(0, 9));
  const head = 'POST /v1/data/work/decision HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n';
  const halves: Socket[] = [];
  for (const sent of [head, `${head}\r\n{"input"`]) {
    const socket = await openConnection(server.http);
    server.site.cleanup(() => socket.destroy());
    socket.write(sent);
    halves.push(socket);
  }
  const answers = Promise.all(halves.map(readAll));
  await stillAnswers(server);
  for (const call of [silent, half]) assert.equal((await call.outcome).status, GRPC_STATUS.DEADLINE_EXCEEDED);
  for (const answer of await answers) assert.equal(parseAnswer(answer).status, 408);
  await stillAnswers(server);
});

test('connections over the limit are closed, and there is room again when others leave', async (t) => {
  const server = await running(t, listeners('maxConnections: 6', 'maxConnections: 6'));
  const { addresses } = server.server;
  assert.ok(addresses.grpc.kind === 'tcp');
  await stillAnswers(server);
  for (const { port } of [addresses.grpc, server.http]) {
    const sockets: Socket[] = [];
    let closed = 0;
    for (let count = 0; count < 20; count++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {}).on('close', () => closed++);
      server.site.cleanup(() => socket.destroy());
      await once(socket, 'connect');
      sockets.push(socket);
    }
    // One of the six is the test's own client, on the gRPC listener.
    await until(
      () => closed,
      (seen) => seen >= 14,
    );
    assert.ok(closed <= 15);
    for (const socket of sockets) socket.destroy();
    await stillAnswers(server);
  }
});

test('hundreds of connections are answered, each its own question', async (t) => {
  const server = await running(t, QUIET_CONFIG);
  const clients = Array.from({ length: 200 }, () => server.site.client(server.server.addresses.grpc));
  const decisions = await Promise.all(
    clients.map((client, n) =>
      client.call(DecisionService.method.evaluate, { question: json(`{"n":${n}}`) }, 60_000),
    ),
  );
  assert.ok(decisions.every(({ valueJson }) => Buffer.from(valueJson!).toString() === '{"allowed":true}'));
  assert.equal(new Set(decisions.map(({ decisionId }) => decisionId)).size, clients.length);
  const statuses = await Promise.all(clients.map((_, n) => ask(server, `{"n":${n}}`)));
  assert.ok(statuses.every((status) => status === 200));
});
