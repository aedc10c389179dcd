import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Address } from '../../src/config/address.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { CallContext, HttpRequest, HttpRoute } from '../../src/rpc.ts';
import { createHttpListener } from '../../src/transport/http.ts';
import type { HttpListener, HttpListenerOptions } from '../../src/transport/http-options.ts';
import { createAuthority } from './certificates.ts';
import { gate, LOOPBACK, temporaryFolder, until } from './grpc/harness.ts';
import { openConnection, parseAnswer, readAll, send } from './http-client.ts';

interface Served {
  readonly address: Address;
  readonly listener: HttpListener;
  readonly errors: PortcullisError[];
}

async function serve(
  t: TestContext,
  routes: readonly HttpRoute[],
  options: Partial<HttpListenerOptions> = {},
): Promise<Served> {
  const errors: PortcullisError[] = [];
  const onError = (error: PortcullisError): number => errors.push(error);
  const listener = createHttpListener({ address: LOOPBACK, onError, ...options }, routes);
  t.after(() => listener.drain(0));
  return { address: await listener.listen(), listener, errors };
}

/** A route that answers with what it was asked. */
function mirror(method: HttpRoute['method'], path: string): HttpRoute {
  return {
    method,
    path,
    handler: ({ target, rest, query, body }) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        route: path,
        target,
        rest,
        query: [...query],
        body: Buffer.from(body).toString('latin1'),
      }),
    }),
  };
}

interface Mirrored {
  readonly route: string;
  readonly target: string;
  readonly rest: string;
  readonly query: readonly (readonly [string, string])[];
  readonly body: string;
}

const ROUTES: readonly HttpRoute[] = [
  mirror('GET', '/health/live'),
  mirror('GET', '/v1/data'),
  mirror('POST', '/v1/data'),
  mirror('GET', '/v1/data/*'),
  mirror('POST', '/v1/data/*'),
  mirror('PUT', '/v1/*'),
];

const TARGETS: readonly (readonly [line: string, route: string | number, rest?: string])[] = [
  ['GET /health/live', '/health/live', ''],
  ['GET /health/live?x=1', '/health/live', ''],
  ['GET /v1/data', '/v1/data', ''],
  ['GET /v1/data/', '/v1/data/*', ''],
  ['GET /v1/data/a/b', '/v1/data/*', 'a/b'],
  ['GET /v1/data//a/%2f/../b?x', '/v1/data/*', '/a/%2f/../b'],
  ['GET /v1/data/%zz;p=1/%00', '/v1/data/*', '%zz;p=1/%00'],
  ['GET /v1/data/../../health/live', '/v1/data/*', '../../health/live'],
  ['POST /v1/data/a', '/v1/data/*', 'a'],
  ['PUT /v1/data/a', 405],
  ['PUT /v1/other', '/v1/*', 'other'],
  ['GET //v1/data', 404],
  ['GET //a/%2f/../b?x', 404],
  ['GET /health/live/', 404],
  ['GET /health/%6cive', 404],
  ['GET /HEALTH/live', 404],
  ['GET http://localhost/health/live', 404],
  ['GET /__proto__', 404],
  ['OPTIONS *', 404],
  ['POST /health/live', 405],
  ['DELETE /health/live', 405],
  ['PROPFIND /health/live', 405],
  ['TRACE /v1/data', 405],
];

for (const [line, route, rest] of TARGETS) {
  test(`http: ${line} → ${route}`, async (t) => {
    const { address } = await serve(t, ROUTES);
    const answer = await send(address, line);
    if (typeof route === 'number') {
      assert.equal(answer.status, route);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      assert.equal(typeof JSON.parse(answer.body).code, 'string');
      return;
    }
    const mirrored = JSON.parse(answer.body) as Mirrored;
    assert.deepEqual([mirrored.route, mirrored.rest], [route, rest]);
    assert.equal(mirrored.target, line.split(' ')[1]);
  });
}

test('http: the query is read as a form, from the first question mark', async (t) => {
  const { address } = await serve(t, ROUTES);
  const { body } = await send(address, 'GET /v1/data?a=1&a=%20+&b?c');
  assert.deepEqual((JSON.parse(body) as Mirrored).query, [
    ['a', '1'],
    ['a', '  '],
    ['b?c', ''],
  ]);
});

test('http: HEAD answers as GET without a body; 405 names the methods', async (t) => {
  const { address } = await serve(t, ROUTES);
  const [get, head] = [await send(address, 'GET /v1/data'), await send(address, 'HEAD /v1/data')];
  assert.equal(head.status, 200);
  assert.equal(head.body, '');
  assert.equal(head.headers.get('content-length'), get.headers.get('content-length'));
  assert.equal((await send(address, 'DELETE /v1/data')).headers.get('allow'), 'GET, HEAD, POST');
});

for (const type of [
  'application/json',
  'text/plain; charset=utf-16',
  'application/x-www-form-urlencoded',
  'a/b',
  '',
]) {
  test(`http: a body of type "${type}" arrives as its bytes`, async (t) => {
    const { address } = await serve(t, ROUTES);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const { status, body } = await send(
      address,
      'POST /v1/data',
      type === '' ? [] : [`content-type: ${type}`],
      bytes,
    );
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as Mirrored).body, bytes.toString('latin1'));
  });
}

test('http: a chunked body arrives whole, an absent one empty', async (t) => {
  const { address } = await serve(t, ROUTES);
  const socket = await openConnection(address);
  socket.write(
    'POST /v1/data HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  socket.write('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  assert.equal((JSON.parse(parseAnswer(await readAll(socket)).body) as Mirrored).body, 'abcde');
  assert.equal((JSON.parse((await send(address, 'POST /v1/data')).body) as Mirrored).body, '');
});

test('http: a body over the limit is refused, announced or not', async (t) => {
  const { address } = await serve(t, ROUTES, { limits: { maxBodyBytes: 1000 } });
  assert.equal((await send(address, 'POST /v1/data', [], Buffer.alloc(1000))).status, 200);
  const over = await send(address, 'POST /v1/data', [], Buffer.alloc(1001));
  assert.equal(over.status, 413);
  assert.equal(JSON.parse(over.body).code, 'over_limit');
  const chunked = await openConnection(address);
  chunked.write(
    'POST /v1/data HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  for (let index = 0; index < 20; index++) chunked.write(`64\r\n${'x'.repeat(100)}\r\n`);
  assert.equal(parseAnswer(await readAll(chunked)).status, 413);
});

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

test('http: errors are JSON by the error table; unexpected ones are hidden and reported', async (t) => {
  const thrower = (path: string, error: unknown, later = false): HttpRoute => ({
    method: 'GET',
    path,
    handler: () => {
      if (later) return Promise.reject(error);
      throw error;
    },
  });
  const { address, errors } = await serve(t, [
    thrower('/known', new PortcullisError('unknown_entrypoint', 'no "x" é')),
    thrower('/later', new PortcullisError('not_ready', 'no bundle'), true),
    thrower('/secret', new Error('hunter2')),
    thrower('/internal', new PortcullisError('internal', 'hunter2'), true),
    {
      method: 'GET',
      path: '/own',
      handler: () => ({ status: 418, headers: { 'x-own': '1' }, body: 'teapot' }),
    },
  ]);
  const ask = async (path: string): Promise<readonly [number, unknown]> => {
    const { status, body } = await send(address, `GET ${path}`);
    return [status, JSON.parse(body) as unknown];
  };
  assert.deepEqual(await ask('/known'), [404, { code: 'unknown_entrypoint', message: 'no "x" é' }]);
  assert.deepEqual(await ask('/later'), [503, { code: 'not_ready', message: 'no bundle' }]);
  assert.deepEqual(await ask('/secret'), [500, { code: 'internal', message: 'internal error' }]);
  assert.deepEqual(await ask('/internal'), [500, { code: 'internal', message: 'internal error' }]);
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['hunter2', 'hunter2'],
  );
  const own = await send(address, 'GET /own');
  assert.deepEqual([own.status, own.headers.get('x-own'), own.body], [418, '1', 'teapot']);
});

test('http: headers by name, the peer, and a caller that goes away', async (t) => {
  const seen = gate<readonly [HttpRequest, CallContext]>();
  const finish = gate();
  const { address } = await serve(t, [
    {
      method: 'GET',
      path: '/',
      handler: async (request, call) => {
        seen.open([request, call]);
        await finish.opened;
        return { status: 204, body: '' };
      },
    },
  ]);
  const socket = await openConnection(address);
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-list: a\r\nX-List: b\r\n\r\n');
  const [request, call] = await seen.opened;
  assert.deepEqual(
    ['x-list', 'host', 'constructor', '__proto__'].map((name) => request.header(name)),
    ['a, b', 'x', undefined, undefined],
  );
  assert.equal(call.metadata('x-list'), 'a, b');
  assert.deepEqual(call.peer, { address: `127.0.0.1:${socket.localPort}`, local: true });
  assert.deepEqual([call.deadlineMs, call.cancelled()], [Number.POSITIVE_INFINITY, false]);
  const aborted = new Promise((resolve) => call.signal.addEventListener('abort', resolve));
  socket.destroy();
  await aborted;
  assert.equal(call.cancelled(), true);
  finish.open();
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
