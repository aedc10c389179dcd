/** The load generator against a server of Node's own HTTP/2: what it sends, what it counts, and what it does not leave out. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type Connection, type Listener, openConnection } from '../../bench/peers/load/connection.ts';
import { COUNTER, type Message, type Target } from '../../bench/peers/load/job.ts';
import { closedLoop, openLoop } from '../../bench/peers/load/loops.ts';
import { requestsOf } from '../../bench/peers/load/requests.ts';

const ALLOW = Buffer.from('00000000020a00', 'hex');
const DENY = Buffer.from('00000000040a020807', 'hex');
const PATH = '/envoy.service.auth.v3.Authorization/Check';

type Answer = (
  body: Buffer,
  headers: IncomingHttpHeaders,
  session: ServerHttp2Session,
) => Promise<Buffer> | Buffer;

/** A gRPC server that answers as told. */
async function serving(t: TestContext, answer: Answer): Promise<Target> {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined);
    void (async () => {
      const message = await answer(await buffer(stream), headers, stream.session as ServerHttp2Session);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(message);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, protocol: 'ext_authz', path: PATH, pid: process.pid };
}

function connecting(t: TestContext, target: Target, messages: readonly Message[], connections: number = 1) {
  return async (listener: Listener): Promise<readonly Connection[]> => {
    const opened: Connection[] = [];
    for (let id = 0; id < connections; id++) {
      const options = {
        protocol: target.protocol,
        path: target.path,
        scheme: 'http',
        connection: id,
      } as const;
      opened.push(await openConnection(target, await requestsOf(messages, options), listener, id));
    }
    t.after(() => opened.forEach((connection) => connection.close()));
    return opened;
  };
}

const texts = (count: number): Message[] =>
  Array.from({ length: count }, (_, i) => ({ bytes: Buffer.from(`message ${i}`), allowed: true }));

test('requests come again and again, whole, and each with a trace and a count of its own', async (t) => {
  const seen: { body: string; headers: IncomingHttpHeaders }[] = [];
  const target = await serving(t, (body, headers) => {
    seen.push({ body: body.subarray(5).toString(), headers });
    return ALLOW;
  });
  const once8: Message = { bytes: Buffer.from(`a ${COUNTER}00000000 ${COUNTER}00000000`), allowed: true };
  // More than fit into a table of headers of 4,096 bytes.
  const messages = [...texts(120), once8];
  const job = { target, connections: 1, streams: 8, warmUpMs: 0, durationMs: 1500 };
  const { wrong, failed, answers } = await closedLoop(job, connecting(t, target, messages));
  assert.deepEqual({ wrong, failed }, { wrong: 0, failed: 0 });
  assert.ok(answers > 0);
  const rounds = Math.floor(seen.length / messages.length);
  assert.ok(rounds >= 2, `${seen.length} requests are too few to come round`);
  const bodies = seen.map(({ body }) => body);
  assert.equal(
    bodies.filter((body) => body === 'message 7').length,
    rounds + (seen.length % 121 > 7 ? 1 : 0),
  );
  const counted = bodies.filter((body) => body.includes(COUNTER));
  assert.equal(new Set(counted).size, counted.length);
  for (const body of counted) assert.match(body, /^a once=(\d{8}) once=\1$/);
  const first = new Set(seen.slice(0, messages.length).map(({ headers }) => headers['traceparent']));
  assert.equal(first.size, messages.length);
  for (const { headers } of seen) {
    assert.equal(headers[':path'], PATH);
    assert.equal(headers['content-type'], 'application/grpc');
    assert.match(String(headers['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
});

test('answers that are not as they ought to be are counted', async (t) => {
  const target = await serving(t, (body) => (body.includes('3') ? DENY : ALLOW));
  const messages = texts(10).map(({ bytes }, i) => ({ bytes, allowed: i !== 3 && i !== 5 }));
  const job = { target, connections: 1, streams: 1, warmUpMs: 0, durationMs: 200 };
  const { wrong, failed } = await closedLoop(job, connecting(t, target, messages));
  assert.equal(failed, 0);
  assert.ok(wrong > 0);
});

/** Every stream that was ever opened is below it: none is turned away. */
const LAST_STREAM = 2 ** 31 - 1;

test('who is asked to connect again does so, and loses no call', async (t) => {
  const sessions = new Set<ServerHttp2Session>();
  let calls = 0;
  const target = await serving(t, (_body, _headers, session) => {
    sessions.add(session);
    if (++calls % 20 === 0) session.goaway(0, LAST_STREAM);
    return ALLOW;
  });
  let told = 0;
  const connect = connecting(t, target, texts(120));
  const job = { target, connections: 1, streams: 8, warmUpMs: 0, durationMs: 700 };
  const { wrong, failed } = await closedLoop(job, (listener) =>
    connect({
      readAll: (connection, nowMs) => listener.readAll(connection, nowMs),
      answered: (...call) => {
        told++;
        listener.answered(...call);
      },
    }),
  );
  assert.deepEqual({ wrong, failed, told }, { wrong: 0, failed: 0, told: calls });
  assert.ok(sessions.size > 1);
});

const IGNORING: Listener = { answered: () => undefined, readAll: () => undefined };

test('a server that ends a connection and does not answer all that was sent has failed', async (t) => {
  const target = await serving(t, (_body, _headers, session) => {
    session.goaway(0, 1);
    return ALLOW;
  });
  const [connection] = await connecting(t, target, texts(10))(IGNORING);
  connection!.send(3, performance.now());
  await until(() => connection!.failure !== undefined);
  assert.match(connection!.failure!.message, /GOAWAY 0, last stream 1$/);
});

async function until(is: () => boolean): Promise<void> {
  for (let waited = 0; !is(); waited++) {
    assert.ok(waited < 500, 'it does not come to be');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('an empty answer has failed', async (t) => {
  const target = await serving(t, () => Buffer.alloc(0));
  const job = { target, connections: 1, streams: 2, warmUpMs: 0, durationMs: 100 };
  const { failed } = await closedLoop(job, connecting(t, target, texts(10)));
  assert.ok(failed > 0);
});

test('calls that were due while a server stalled count from when they were due', async (t) => {
  const STALL_MS = 200;
  let calls = 0;
  const target = await serving(t, async () => {
    if (calls++ === 0) await new Promise((resolve) => setTimeout(resolve, STALL_MS));
    return ALLOW;
  });
  const PER_SECOND = 100;
  const durationMs = 1000;
  const records: { dueMs: number; us: number }[] = [];
  // One call at a time: those due during the stall cannot even be sent.
  const job = { target, connections: 1, streams: 1, warmUpMs: 0, durationMs, perSecond: PER_SECOND };
  const { failed } = await openLoop(job, connecting(t, target, texts(300)), (dueMs, us) =>
    records.push({ dueMs, us }),
  );
  assert.equal(failed, 0);
  // None is left out, also none that could not be sent.
  assert.equal(records.length, PER_SECOND);
  const inOrder = records.toSorted((a, b) => a.dueMs - b.dueMs);
  // Each waited at least for what was left of the stall. A closed loop would have seen one slow call.
  for (let i = 0; i < 15; i++) {
    const leftMs = STALL_MS - (i * 1000) / PER_SECOND;
    const { us } = inOrder[i]!;
    // Below 0: never sent, on a machine that is busy.
    assert.ok(us < 0 || us / 1000 >= leftMs - 2, `call ${i}: ${us} µs`);
  }
});
