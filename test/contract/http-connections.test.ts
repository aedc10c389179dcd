// needs: openssl
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../src/clock.ts';
import type { CallContext, HttpRoute } from '../../src/rpc.ts';
import { createAuthority } from './certificates.ts';
import { gate, temporaryFolder, until } from './grpc/harness.ts';
import { type Answer, openConnection, parseAnswer, readAll, send } from './http-client.ts';
import { ROUTES, serve } from './http-harness.ts';

test('http: what is no request is refused, and the server lives', async (t) => {
  const { address, errors } = await serve(t, ROUTES, { limits: { maxHeaderBytes: 2000 } });
  const CASES: readonly (readonly [string, number])[] = [
    ['nonsense\r\n\r\n', 400],
    ['GET /health/live HTTP/1.1\r\n\r\n', 400],
    [`GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(3000)}\r\n\r\n`, 431],
    ['POST /v1/data HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n', 400],
    [
      'POST /v1/data HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: garbage\r\ncontent-length: 1\r\n\r\nx',
      415,
    ],
  ];
  for (const [bytes, status] of CASES) {
    const socket = await openConnection(address);
    socket.write(bytes);
    assert.equal(parseAnswer(await readAll(socket)).status, status, bytes.slice(0, 60));
  }
  assert.equal((await send(address, 'GET /health/live')).status, 200);
  assert.deepEqual(errors, []);
});

test('http: slow clients are cut: in the header, in the body, between requests', async (t) => {
  const limits = { headersTimeoutMs: 50, requestTimeoutMs: 50, idleTimeoutMs: 100, checkIntervalMs: 10 };
  const { address } = await serve(t, ROUTES, { limits });
  const CASES: readonly (readonly [string, RegExp])[] = [
    ['', /^($|HTTP\/1\.1 408 )/],
    ['GET /health/live HTTP/1.1\r\nhost:', /^HTTP\/1\.1 408 /],
    ['POST /v1/data HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf', /^HTTP\/1\.1 408 /],
    ['GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1\.1 200 /],
  ];
  for (const [bytes, answer] of CASES) {
    const socket = await openConnection(address);
    socket.write(bytes);
    assert.match(await readAll(socket), answer, bytes.slice(0, 40));
  }
});

test('http: connections over the limit are closed', async (t) => {
  const { address } = await serve(t, ROUTES, { limits: { maxConnections: 1 } });
  const first = await openConnection(address);
  const second = await openConnection(address);
  assert.equal(await readAll(second), '');
  first.write('GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  assert.equal(parseAnswer(await readAll(first)).status, 200);
});

test('http: a drain answers what is in flight, closes idle connections and cuts what never ends', async (t) => {
  const finish = gate();
  let running = 0;
  const route = (path: string, wait: Promise<unknown>): HttpRoute => ({
    method: 'GET',
    path,
    handler: async () => {
      running++;
      await wait;
      return { status: 200, body: 'done' };
    },
  });
  const first = await serve(t, [route('/', finish.opened), route('/never', new Promise(() => {}))]);
  const idle = await openConnection(first.address);
  const busy = await Promise.all(Array.from({ length: 20 }, () => openConnection(first.address)));
  for (const socket of busy) socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await until(() => running === 20);
  const drained = first.listener.drain(60_000);
  await assert.rejects(openConnection(first.address));
  finish.open();
  for (const socket of busy) assert.equal(parseAnswer(await readAll(socket)).body, 'done');
  await readAll(idle);
  await drained;

  const second = await serve(t, [route('/never', new Promise(() => {}))]);
  const stuck = await openConnection(second.address);
  stuck.write('GET /never HTTP/1.1\r\nhost: x\r\n\r\n');
  await until(() => running === 21);
  await second.listener.drain(10);
  assert.equal(await readAll(stuck), '');
});

test('http: Unix sockets, TLS with client certificates, and where it may listen', async (t) => {
  const folder = await temporaryFolder(t);
  const whoami: HttpRoute = {
    method: 'GET',
    path: '/',
    handler: (_, { peer }) => ({ status: 200, body: JSON.stringify(peer) }),
  };
  const unix = await serve(t, [whoami], { address: { kind: 'unix', path: join(folder, 'http.sock') } });
  assert.deepEqual(JSON.parse((await send(unix.address, 'GET /')).body), { address: 'unix', local: true });

  const ca = await createAuthority(folder, 'ca');
  const { certFile, keyFile } = await ca.issue('server', ['DNS:localhost']);
  const client = await ca.issue('client', ['URI:spiffe://prod/a']);
  const tls = { certFile, keyFile, clientCaFile: ca.certFile };
  const secure = await serve(t, [whoami], { tls });
  const offer = { ca: ca.cert, cert: client.cert, key: client.key };
  const known = JSON.parse((await send(secure.address, 'GET /', [], '', offer)).body) as CallContext['peer'];
  assert.deepEqual(known.certificate?.uriNames, ['spiffe://prod/a']);
  const unknown = JSON.parse((await send(secure.address, 'GET /', [], '', { ca: ca.cert })).body);
  assert.equal((unknown as CallContext['peer']).certificate, undefined);

  const shown = async (): Promise<Buffer | undefined> => {
    const socket = (await openConnection(secure.address, { ca: ca.cert })) as TLSSocket;
    t.after(() => socket.destroy());
    return socket.getPeerX509Certificate()?.raw;
  };
  const before = await shown();
  const renewed = await ca.issue('renewed', ['DNS:localhost']);
  await writeFile(keyFile, renewed.key);
  await writeFile(certFile, renewed.cert);
  await until(async () => (await shown())?.equals(before ?? Buffer.alloc(0)) === false);

  await assert.rejects(serve(t, [whoami], { address: { kind: 'tcp', host: '0.0.0.0', port: 0 } }), {
    code: 'config_invalid',
  });
  await assert.rejects(serve(t, [whoami], { address: secure.address }), { code: 'io_failed' });
});

test('http: a connection outlives neither its client certificate nor an hour on it', async (t) => {
  const folder = await temporaryFolder(t);
  const ca = await createAuthority(folder, 'ca');
  const { certFile, keyFile } = await ca.issue('server', ['DNS:localhost']);
  const { cert, key } = await ca.issue('client', ['URI:spiffe://prod/a']);
  const endMs = new X509Certificate(cert).validToDate.getTime();
  const now = { wallMs: endMs - 1, monotonicMs: 0 };
  const clock: Clock = { wallMs: () => now.wallMs, monotonicMs: () => now.monotonicMs };
  const { address } = await serve(t, ROUTES, {
    tls: { certFile, keyFile, clientCaFile: ca.certFile },
    clock,
  });
  const open = async (offer: object): Promise<Socket> => {
    Object.assign(now, { wallMs: endMs - 1, monotonicMs: 0 });
    const socket = await openConnection(address, { ca: ca.cert, ...offer });
    t.after(() => socket.destroy());
    assert.equal((await ask(socket)).headers.get('connection'), 'keep-alive');
    return socket;
  };
  const ask = async (socket: Socket): Promise<Answer> => {
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return parseAnswer(String(bytes));
  };
  const CASES: readonly (readonly [
    offer: object,
    later: Partial<typeof now>,
    status: number,
    end: string,
  ])[] = [
    [{ cert, key }, { monotonicMs: 3_599_999 }, 200, 'keep-alive'],
    [{ cert, key }, { monotonicMs: 3_600_000 }, 200, 'close'],
    [{ cert, key }, { wallMs: endMs }, 401, 'close'],
    [{}, { monotonicMs: 3_600_000, wallMs: endMs }, 200, 'keep-alive'],
  ];
  for (const [offer, later, status, end] of CASES) {
    const socket = await open(offer);
    Object.assign(now, later);
    const answer = await ask(socket);
    assert.deepEqual([answer.status, answer.headers.get('connection')], [status, end]);
  }
});

test('http: bodies that never end are refused beyond what all may hold, and small requests go on', async (t) => {
  const { address } = await serve(t, ROUTES, { limits: { maxBodyBytes: 100_000, maxPendingBytes: 400_000 } });
  const stalled = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const socket = await openConnection(address);
      t.after(() => socket.destroy());
      socket.write('POST /v1/data HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n');
      socket.write(Buffer.alloc(90_000));
      return socket;
    }),
  );
  const answers: string[] = [];
  for (const socket of stalled) void readAll(socket).then((text) => answers.push(text));
  await until(() => answers.length >= 6);
  assert.deepEqual(new Set(answers.map((text) => parseAnswer(text).status)), new Set([503]));
  for (let index = 0; index < 20; index++) {
    assert.equal((await send(address, 'POST /v1/data', [], Buffer.alloc(1000))).status, 200);
  }
  assert.ok(answers.length < 10, 'what fits the limit is not refused');
});

test('http: callers that go away in the middle of a body are no defects of the server', async (t) => {
  const { address, errors } = await serve(t, ROUTES);
  for (const framing of ['content-length: 1000', 'transfer-encoding: chunked']) {
    const socket = await openConnection(address);
    socket.write(`POST /v1/data HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n5\r\nhello`);
    // The server reads connections in the order in which they have something to say.
    assert.equal((await send(address, 'GET /health/live')).status, 200);
    socket.destroy();
    assert.equal((await send(address, 'GET /health/live')).status, 200);
  }
  assert.deepEqual(errors, []);
});

test('http: a client of Node keeps its connection over requests', async (t) => {
  const { address } = await serve(t, ROUTES);
  assert.equal(address.kind, 'tcp');
  const socket = connect(address as { port: number });
  t.after(() => socket.destroy());
  for (let index = 0; index < 3; index++) {
    const answered = Promise.withResolvers<number | undefined>();
    httpRequest(
      { createConnection: () => socket, path: '/health/live', headers: { connection: 'keep-alive' } },
      (answer) => {
        answer.resume().once('end', () => answered.resolve(answer.statusCode));
      },
    ).end();
    assert.equal(await answered.promise, 200);
  }
});
