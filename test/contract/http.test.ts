import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortcullisError } from '../../src/errors.ts';
import type { CallContext, HttpRequest, HttpRoute } from '../../src/rpc.ts';
import { gate } from './grpc/harness.ts';
import { openConnection, parseAnswer, readAll, send } from './http-client.ts';
import { type Mirrored, ROUTES, serve } from './http-harness.ts';

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
