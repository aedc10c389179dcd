/** What a policy, a name server or an origin may try with `http.send`, and what comes of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { HttpRequest, NetworkReply } from '../src/policy/network/access.ts';
import type { BrokerOptions, NetworkBroker } from '../src/policy/network/broker.ts';
import { httpRequest } from '../src/policy/network/request-object.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { startOrigin } from './support/http-send-origin.ts';
import { brokerOf } from './support/network-caller.ts';

const LOOPBACK = { addresses: ['127.0.0.0/8'], schemes: ['http'] };

type Fields = Readonly<Record<string, RegoValue>>;

function requestOf(url: string, fields: Fields = {}): HttpRequest {
  const given = new Map<RegoValue, RegoValue>(Object.entries({ method: 'get', url, ...fields }));
  return { ...httpRequest(given), cache: undefined };
}

function send(
  broker: NetworkBroker,
  url: string,
  fields?: Fields,
  policySet = 'test',
): Promise<NetworkReply> {
  return broker.forPolicySet(policySet).handle(requestOf(url, fields), AbortSignal.timeout(10_000));
}

/** The status, or why there is none. */
async function outcome(
  broker: NetworkBroker,
  url: string,
  fields?: Fields,
  policySet?: string,
): Promise<string> {
  try {
    const reply = await send(broker, url, fields, policySet);
    if (reply.kind === 'http') return `${reply.statusCode}`;
    return reply.kind === 'failure' ? `${reply.reason}: ${reply.message}` : reply.kind;
  } catch (error) {
    return `mistake: ${(error as Error).message}`;
  }
}

/** Every name leads to loopback, where the origin is. */
const toLoopback: Partial<BrokerOptions> = { resolve: () => Promise.resolve(['127.0.0.1']) };

test('no way of writing a URL leads to a host that is not listed', async (t) => {
  const { port, seen } = await startOrigin(t);
  const at = { ...LOOPBACK, ports: [port] };
  const hosts = { api: { ...at, host: 'api.example' }, wild: { ...at, host: '*.wild.example' } };
  const broker = brokerOf({ hosts }, toLoopback);
  const refused = [
    `http://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    'http://169.254.169.254/latest/meta-data/',
    `http://2130706433:${port}/`,
    `http://0x7f000001:${port}/`,
    `http://0177.0.0.1:${port}/`,
    `http://127.1:${port}/`,
    `http://other.example:${port}/`,
    `http://api.example.other.example:${port}/`,
    `http://sub.api.example:${port}/`,
    `http://wild.example:${port}/`,
    `http://badwild.example:${port}/`,
    `http://api.example@other.example:${port}/`,
    `http://api.example:${port}@other.example:${port}/`,
    `http://api.example:${port}%40other.example/`,
    `http://api.example%2eother.example:${port}/`,
    `http://other.example:${port}#@api.example:${port}/`,
    `http://other.example:${port}?@api.example:${port}/`,
    `http://other.example:${port}\\@api.example:${port}/`,
    `http://api.example:${port}\\.other.example/`,
    `http://ａpi.example:${port}/`,
    `http://api。example:${port}/`,
    `http://api..example:${port}/`,
    `http://api.example\u0000.other.example:${port}/`,
    `http://api.example\r\nhost: other.example:${port}/`,
    'http://api.example/',
    `http://api.example:${port + 1}/`,
    'http://api.example:0/',
    'http://api.example:99999/',
    `https://api.example:${port}/`,
    `ftp://api.example:${port}/`,
    'file:///etc/passwd',
    `unix://api.example/?socket=%2Ftmp%2Fx.sock`,
    `//api.example:${port}/`,
    `http:/api.example:${port}/`,
    `http:api.example:${port}/`,
    `http://:${port}/`,
    `api.example:${port}`,
  ];
  for (const url of refused) assert.match(await outcome(broker, url), /^(?:refused|mistake): /, url);
  assert.deepEqual(seen, []);
  const permitted = [
    `http://api.example:${port}/counted`,
    `HTTP://API.Example:${port}/counted`,
    `http://api.example.:${port}/counted`,
    `http://user:pass@api.example:${port}/counted`,
    `http://a.b.wild.example:${port}/counted`,
  ];
  for (const url of permitted) assert.equal(await outcome(broker, url), '200', url);
});

/** What URLs are made of, and what makes readers of URLs disagree. */
const PIECES: readonly string[] = [
  'api.example',
  'evil.example',
  'http:',
  'https:',
  '//',
  '/',
  '\\',
  '@',
  ':',
  '#',
  '?',
  '.',
  '%',
  '%2e',
  '%40',
  '8080',
  '80',
  '[',
  ']',
  '::1',
  '127.0.0.1',
  '0x7f.1',
  ' ',
  '\t',
  '\r\n',
  '\u0000',
  '。',
  'ａ',
  'A',
  '-',
  '"',
  ';',
];

test('no URL made of hostile pieces leads elsewhere', async () => {
  const asked = new Set<string>();
  const resolve = (name: string): Promise<string[]> => {
    asked.add(name);
    return Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  };
  const hosts = { api: { host: 'api.example', schemes: ['http', 'https'], ports: [80, 443, 8080] } };
  const broker = brokerOf({ hosts }, { resolve });
  const url = fc
    .array(fc.constantFrom(...PIECES), { maxLength: 6 })
    .map((pieces) => `http://${pieces.join('')}`);
  await fc.assert(
    fc.asyncProperty(url, async (text) => {
      assert.notEqual(await outcome(broker, text), '200');
    }),
    { numRuns: 2_000, examples: [['http://api.example'], ['http://api.example:8080/@evil.example']] },
  );
  assert.deepEqual([...asked], ['api.example']);
});

test('a listed name that leads to an address that is not permitted is not connected to', async (t) => {
  const { port, seen } = await startOrigin(t);
  const hosts = { api: { host: 'api.example', ports: [port], schemes: ['http'] } };
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '10.0.0.1', 'none']) {
    const broker = brokerOf({ hosts }, { resolve: () => Promise.resolve([address]) });
    assert.match(
      await outcome(broker, `http://api.example:${port}/`),
      /^refused: disallowed address/,
      address,
    );
  }
  assert.deepEqual(seen, []);
});

test('the connection goes to an address that was checked, and the name is not looked up again', async (t) => {
  const { port, seen } = await startOrigin(t);
  const hosts = { api: { ...LOOPBACK, host: 'rebind.example', ports: [port], redirectsTo: ['api'] } };
  const answers = [['169.254.169.254', '127.0.0.1'], ['10.0.0.1']];
  const broker = brokerOf({ hosts }, { resolve: () => Promise.resolve(answers.shift() ?? []) });
  assert.equal(await outcome(broker, `http://rebind.example:${port}/counted`), '200');
  assert.equal(answers.length, 1);
  // Each hop is checked anew.
  answers.unshift(['127.0.0.1']);
  const url = `http://rebind.example:${port}/redirect/302?to=/counted`;
  assert.match(await outcome(broker, url, { enable_redirect: true }), /leads to 10\.0\.0\.1/);
  assert.deepEqual(seen, ['GET /counted', 'GET /redirect/302?to=/counted']);
});

test('a redirect leads only where the operator lets it', async (t) => {
  const { port, seen } = await startOrigin(t);
  const at = { ...LOOPBACK, ports: [port] };
  const hosts = {
    api: { ...at, host: 'api.example', redirectsTo: ['next', 'private'] },
    next: { ...at, host: 'next.example', redirectsTo: ['api', 'next'] },
    private: { host: 'private.example', ports: [port], schemes: ['http'] },
    alone: { ...at, host: 'alone.example' },
    reader: { ...at, host: 'next.example', methods: ['POST'] },
  };
  const broker = brokerOf({ hosts }, toLoopback);
  const from = (host: string, to: string): string =>
    `http://${host}:${port}/redirect/307?to=${encodeURIComponent(to)}`;
  const rows: readonly (readonly [url: string, wanted: RegExp])[] = [
    [from('api.example', 'http://169.254.169.254/'), /^refused: disallowed host: 169/],
    [from('api.example', `http://127.0.0.1:${port}/`), /^refused: disallowed host: 127/],
    [from('api.example', `http://other.example:${port}/`), /^refused: disallowed host: other/],
    [from('api.example', `http://alone.example:${port}/`), /^refused: disallowed host: alone/],
    [from('api.example', '/counted'), /^refused: disallowed host: api\.example is not in `redirectsTo`/],
    [from('alone.example', '/counted'), /^refused: disallowed host: alone/],
    [from('api.example', `http://private.example:${port}/`), /^refused: disallowed address/],
    [
      from('api.example', `http://user:pass@next.example:${port}/`),
      /^refused: a redirect to a URL with cred/,
    ],
    [from('api.example', `http://next.example:${port + 1}/`), /^refused: disallowed host: next/],
    [from('api.example', `https://next.example:${port}/`), /^refused: disallowed host: next/],
    [from('api.example', 'unix:///tmp/x?socket=y'), /^refused: requests to Unix sockets/],
    [from('api.example', 'http://[::1'), /^network: Get .*failed to parse Location/],
    [from('api.example', `http://next.example:${port}/counted`), /^200$/],
  ];
  for (const [url, wanted] of rows)
    assert.match(await outcome(broker, url, { enable_redirect: true }), wanted);
  assert.equal(seen.filter((line) => !line.includes('/redirect/')).length, 1);
  // Without the policy's wish it is an answer like others.
  assert.equal(await outcome(broker, from('api.example', 'http://169.254.169.254/')), '307');
  const circle = `http://next.example:${port}/redirect/302?to=`;
  const there = `${circle}${encodeURIComponent(circle)}`;
  assert.equal(await outcome(broker, there, { enable_redirect: true }), '302');
});

test('a circle of redirects comes to an end', async (t) => {
  const port = await rawServer(t, (socket) => {
    socket.on('data', () =>
      socket.end('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n'),
    );
  });
  const hosts = { api: { ...LOOPBACK, host: 'api.example', ports: [port], redirectsTo: ['api'] } };
  const reply = await outcome(brokerOf({ hosts }, toLoopback), `http://api.example:${port}/`, {
    enable_redirect: true,
  });
  assert.match(reply, /^network: .*stopped after 10 redirects$/);
});

test('another host does not see credentials that were not meant for it', async (t) => {
  const [first, second] = [await startOrigin(t), await startOrigin(t)];
  const hosts = {
    first: { ...LOOPBACK, host: 'first.example', ports: [first.port], redirectsTo: ['second', 'first'] },
    second: { ...LOOPBACK, host: 'second.example', ports: [second.port] },
  };
  const broker = brokerOf({ hosts }, toLoopback);
  const headers = new Map([
    ['Authorization', 'secret'],
    ['cookie', 'secret'],
    ['host', 'first.example'],
  ]);
  const echo = async (to: string): Promise<string> => {
    const url = `http://u:p@first.example:${first.port}/redirect/307?to=${encodeURIComponent(to)}`;
    const reply = await send(broker, url, { enable_redirect: true, headers });
    return reply.kind === 'http' ? Buffer.from(reply.body).toString() : JSON.stringify(reply);
  };
  assert.match(await echo(`http://first.example:${first.port}/echo`), /"authorization":"secret"/);
  const seenByOther = await echo(`http://second.example:${second.port}/echo`);
  assert.match(seenByOther, /"named":"second\.example"/);
  assert.doesNotMatch(seenByOther, /secret|"authorization"|"cookie"/);
});

test('rules of a host: methods, policy sets, the Host header, sizes', async (t) => {
  const { port, seen } = await startOrigin(t);
  const at = { ...LOOPBACK, ports: [port] };
  const hosts = {
    reader: { ...at, host: 'reader.example', methods: ['GET'] },
    tenant: { ...at, host: 'tenant.example', policySets: ['shop'] },
    api: { ...at, host: 'api.example' },
  };
  const broker = brokerOf({ hosts, maxRequestBytes: 10, maxTimeout: '2s' }, toLoopback);
  const url = (host: string): string => `http://${host}.example:${port}/echo`;
  const rows: readonly (readonly [Promise<string>, RegExp])[] = [
    [outcome(broker, url('reader')), /^200$/],
    [outcome(broker, url('reader'), { method: 'post' }), /^refused: disallowed method/],
    [outcome(broker, url('api'), { method: 'trace' }), /^refused: disallowed method/],
    [outcome(broker, url('api'), { method: 'connect' }), /^refused: disallowed method/],
    [outcome(broker, url('tenant')), /^refused: disallowed host/],
    [outcome(broker, url('tenant'), {}, 'shop'), /^200$/],
    [outcome(broker, url('api'), { headers: new Map([['host', 'reader.example']]) }), /^200$/],
    [
      outcome(broker, url('api'), { method: 'post', headers: new Map([['host', 'reader.example']]) }),
      /^refused: disallowed method/,
    ],
    [
      outcome(broker, url('api'), { headers: new Map([['host', 'tenant.example']]) }),
      /^refused: disallowed host: tenant\.example/,
    ],
    [
      outcome(broker, url('api'), { headers: new Map([['Host', 'other.example:80']]) }),
      /^refused: disallowed host: other\.example/,
    ],
    [outcome(broker, url('api'), { headers: new Map([['host', 'a, b']]) }), /^refused: .*Host/],
    [outcome(broker, url('api'), { method: 'post', raw_body: '0123456789' }), /^200$/],
    [outcome(broker, url('api'), { method: 'post', raw_body: '0123456789x' }), /^refused: .*larger/],
    [outcome(broker, url('api'), { headers: new Map([['x', 'y'.repeat(70_000)]]) }), /^refused: .*larger/],
    [outcome(broker, url('api') + '?' + 'y'.repeat(70_000)), /^mistake: the URL is longer/],
  ];
  for (const [given, wanted] of rows) assert.match(await given, wanted);
  assert.equal(seen.length, 4);
});

test('headers cannot end their line, nor change what a connection is', async (t) => {
  const { port, seen } = await startOrigin(t);
  const broker = brokerOf({ hosts: { local: { host: '127.0.0.1', schemes: ['http'], ports: [port] } } });
  const url = `http://127.0.0.1:${port}/echo`;
  for (const [name, value] of [
    ['x', 'a\r\nhost: other'],
    ['x', 'a\nb'],
    ['x', '\u0000'],
    ['x\r\ny', 'a'],
    ['x: y', 'a'],
    ['', 'a'],
    ['é', 'a'],
  ] as const) {
    assert.match(
      await outcome(broker, url, { headers: new Map([[name, value]]) }),
      /^network: .*invalid header/,
    );
  }
  assert.deepEqual(seen, []);
  const headers = new Map(
    ['connection', 'Upgrade', 'expect', 'te', 'transfer-encoding', 'content-length'].map((name) => [
      name,
      '7',
    ]),
  );
  const reply = await send(
    brokerOf({ hosts: { local: { host: '127.0.0.1', schemes: ['http'], ports: [port] } } }),
    url,
    {
      headers,
    },
  );
  assert.ok(reply.kind === 'http');
  assert.doesNotMatch(
    Buffer.from(reply.body).toString(),
    /"(?:upgrade|expect|te|transfer-encoding|content-length)"/,
  );
});

/** A server of bytes on loopback. */
async function rawServer(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

test('answers that are too large, too slow or no HTTP', async (t) => {
  const zeros = gzipSync(Buffer.alloc(50_000_000));
  const gzipHead = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zeros.length}\r\n\r\n`;
  const forever = (socket: Socket, text: string): void => {
    const more = (): void => void (socket.writable && socket.write(text, () => setImmediate(more)));
    more();
  };
  const answers: Readonly<Record<string, readonly [serve: (socket: Socket) => void, wanted: RegExp]>> = {
    declared: [
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n'),
      /^refused: .*larger than 1000/,
    ],
    endless: [
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        forever(socket, 'x'.repeat(500));
      },
      /^refused: .*larger than 1000/,
    ],
    bomb: [
      (socket) => socket.write(Buffer.concat([Buffer.from(gzipHead), zeros])),
      /^refused: .*larger than 1000/,
    ],
    'no gzip': [
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd'),
      /^refused: /,
    ],
    'large headers': [
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        forever(socket, `x: ${'y'.repeat(1000)}\r\n`);
      },
      /^network: .*headers exceeded/,
    ],
    'endless first line': [(socket) => forever(socket, 'HTTP/1.1 200 OK'.padEnd(1000, 'x')), /^network: /],
    'endless continue': [(socket) => forever(socket, 'HTTP/1.1 100 Continue\r\n\r\n'), /^timeout: /],
    silence: [() => {}, /^timeout: .*timed out/],
    'slow body': [
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx');
      },
      /^refused: .*while reading body/,
    ],
    upgrade: [
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      /^network: .*protocol switched/,
    ],
    garbage: [(socket) => socket.end('SSH-2.0-OpenSSH\r\n'), /^network: /],
    'a bare line feed in a header': [
      (socket) => socket.end('HTTP/1.1 200 OK\r\nA: b\nC: d\r\nContent-Length: 0\r\n\r\n'),
      /^network: /,
    ],
    'two lengths': [
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      /^network: /,
    ],
    'length and chunks': [
      (socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
      /^network: /,
    ],
    'closed at once': [(socket) => socket.end(), /^network: .*EOF$/],
    'not modified, with the length that it would have': [
      (socket) => socket.end('HTTP/1.1 304 Not Modified\r\nContent-Length: 2000\r\n\r\n'),
      /^304$/,
    ],
    'two answers': [
      (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
      /^204$/,
    ],
  };
  for (const [name, [serve, wanted]] of Object.entries(answers)) {
    const port = await rawServer(t, (socket) => socket.once('data', () => serve(socket)));
    const hosts = { local: { host: '127.0.0.1', schemes: ['http'], ports: [port] } };
    const broker = brokerOf({ hosts, maxResponseBytes: 1000, maxTimeout: '150ms' });
    assert.match(await outcome(broker, `http://127.0.0.1:${port}/`), wanted, name);
  }
});

test('each request has a connection of its own, and at most so many are under way', async (t) => {
  let connections = 0;
  let open = 0;
  let most = 0;
  const port = await rawServer(t, (socket) => {
    connections++;
    socket.once('data', () => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        socket.end('HTTP/1.1 200 OK\r\n\r\n');
      }, 10);
    });
  });
  const hosts = { local: { host: '127.0.0.1', schemes: ['http'], ports: [port] } };
  const broker = brokerOf({ hosts, maxConcurrent: 3 });
  const url = `http://127.0.0.1:${port}/`;
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(broker, url)));
  assert.deepEqual(new Set(outcomes), new Set(['200']));
  assert.equal(connections, 10);
  assert.equal(most, 3);
});

test('an evaluation that has ended leaves nothing under way', async (t) => {
  const closed = Promise.withResolvers<void>();
  const port = await rawServer(t, (socket) => {
    socket.once('data', () => ended.abort());
    socket.once('close', () => closed.resolve());
  });
  const ended = new AbortController();
  const hosts = { local: { host: '127.0.0.1', schemes: ['http'], ports: [port] } };
  const broker = brokerOf({ hosts, maxConcurrent: 1 });
  const handler = broker.forPolicySet('test');
  const request = requestOf(`http://127.0.0.1:${port}/`, { max_retry_attempts: 5 });
  const first = handler.handle(request, ended.signal);
  const waiting = handler.handle(request, ended.signal);
  assert.equal((await first).kind, 'failure');
  assert.equal((await waiting).kind, 'failure');
  await closed.promise;
});

test('names are looked up two at a time, once each, and only where they are listed', async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const broker = brokerOf(
    { hosts: { api: { host: 'api.example' } }, lookups: ['*.names.example'], maxTimeout: '100ms' },
    {
      resolve: async (name) => {
        asked.push(name);
        if (name.startsWith('missing')) throw Object.assign(new Error('x'), { code: 'ENOTFOUND' });
        if (name.startsWith('slow')) await new Promise<void>((resolve) => answers.push(resolve));
        return ['10.0.0.1', '::1'];
      },
    },
  );
  const handler = broker.forPolicySet('test');
  const lookup = async (name: string): Promise<unknown> =>
    handler.handle({ kind: 'lookup', name }, new AbortController().signal);
  const found = { kind: 'lookup', addresses: ['10.0.0.1', '::1'] };
  assert.deepEqual(await lookup('API.example.'), found);
  assert.deepEqual(await lookup('a.names.example'), found);
  for (const name of ['names.example', 'other.example', 'a b', '2130706433', '']) {
    assert.match(JSON.stringify(await lookup(name)), /"refused".*disallowed host/, name);
  }
  assert.match(JSON.stringify(await lookup('missing.names.example')), /"network".*no such host/);
  const slow = ['slow1', 'slow1', 'slow2', 'slow3'].map((name) => lookup(`${name}.names.example`));
  for (const reply of await Promise.all(slow)) assert.match(JSON.stringify(reply), /"timeout".*i\/o timeout/);
  assert.deepEqual(asked.slice(-2), ['slow1.names.example', 'slow2.names.example']);
  for (const answer of answers) answer();
});
