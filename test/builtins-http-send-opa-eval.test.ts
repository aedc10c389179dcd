// needs: opa
/**
 * `http.send` beside the real OPA's: the same requests to the same server give equal answers, are seen by the server in
 * the same way, and are cached alike.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parseJson } from '../src/policy/builtins/json-value.ts';
import { regoText } from '../src/policy/builtins/rego-text.ts';
import type { RegoObject, RegoValue } from '../src/policy/value.ts';
import { CA, keyText, LEAF_KEY, leaf } from './support/authority.ts';
import { P256_A } from './support/certificates.ts';
import { type Origin, startOrigin } from './support/http-send-origin.ts';
import { brokerOf, type NetworkCaller, networkCaller } from './support/network-caller.ts';
import { type OpaServer, startOpa } from './support/opa-server.ts';

const POLICY = 'package ask\n\nanswer := http.send(input)\n';

type Fields = Readonly<Record<string, unknown>>;

interface Both {
  readonly origin: Origin;
  readonly opa: OpaServer;
  readonly ours: NetworkCaller;
  readonly closedPort: number;
}

async function both(t: TestContext, tls?: ServerOptions): Promise<Both> {
  const origin = await startOrigin(t, tls);
  const closedPort = await unusedPort();
  const opa = await startOpa(t, POLICY);
  const local = {
    host: '127.0.0.1',
    ports: [origin.port, closedPort],
    schemes: [tls === undefined ? 'http' : 'https'],
    allowInsecureTls: true,
    redirectsTo: ['local', 'named'],
  };
  const named = { ...local, host: 'localhost', addresses: ['127.0.0.0/8', '::1/128'] };
  const other = { ...local, host: 'other.example' };
  return { origin, opa, closedPort, ours: networkCaller(t, brokerOf({ hosts: { local, named, other } })) };
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Fails with all rows on which the answers differ, or what the server saw. */
async function agree(parts: Both, rows: readonly Fields[]): Promise<void> {
  const differences: string[] = [];
  for (const row of rows) differences.push(...(await difference(parts, row)));
  assert.deepEqual(differences, []);
}

async function difference({ origin, opa, ours }: Both, fields: Fields): Promise<string[]> {
  const text = JSON.stringify(fields);
  const before = origin.seen.length;
  const theirs = await opa.ask(text);
  const seenByThem = origin.seen.slice(before).join();
  const between = origin.seen.length;
  const given = shown(await ours.call('http.send', parseJson(text)));
  const seenByUs = origin.seen.slice(between).join();
  const wanted = theirs === undefined ? 'undefined' : shown(parseJson(theirs));
  if (given === wanted && seenByUs === seenByThem) return [];
  return [`${text.slice(0, 300)}\n ours ${given} ${seenByUs}\n OPA  ${wanted} ${seenByThem}`];
}

/** Headers of the connection and the place in the policy are left out. */
function shown(value: RegoValue | { readonly error: string }): string {
  if (!(value instanceof Map)) return 'undefined';
  const headers = value.get('headers');
  if (headers instanceof Map) {
    for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'trailer']) headers.delete(name);
  }
  const error = value.get('error');
  if (error instanceof Map) {
    error.set('message', (error.get('message') as string).replace(/^\S*ask\.rego:\d+: /, ''));
  }
  return regoText(value);
}

const get = (url: string, more: Fields = {}): Fields => ({ method: 'get', url, ...more });

test('status codes, methods, bodies and headers', async (t) => {
  const parts = await both(t);
  const at = `http://127.0.0.1:${parts.origin.port}`;
  const named = `http://localhost:${parts.origin.port}`;
  const rows: Fields[] = [
    ...[200, 201, 203, 204, 206, 300, 301, 302, 304, 400, 401, 404, 410, 418, 500, 503].map((status) =>
      get(`${at}/status/${status}`),
    ),
    get(`${at}/status/299?reason=Quite%20fine`),
    { method: 'purge', url: `${at}/status/200` },
    ...['GET', 'get', 'POST', 'put', 'PATCH', 'delete', 'OPTIONS', 'HEAD', ''].map((method) => ({
      method,
      url: `${at}/echo`,
    })),
    ...[
      {},
      [],
      'text',
      '',
      null,
      1.5,
      JSON.rawJSON('12345678901234567890'),
      true,
      { b: [1, { a: '<&>é\u2028' }], a: {} },
    ].map((body) => ({ method: 'post', url: `${at}/echo`, body })),
    { method: 'get', url: `${at}/echo`, body: { a: 1 } },
    { method: 'delete', url: `${at}/echo`, body: { a: 1 } },
    { method: 'post', url: `${at}/echo`, raw_body: 'x=1&é', body: { a: 1 } },
    { method: 'post', url: `${at}/echo`, raw_body: '"quoted"' },
    get(`${named}/echo`),
    get(`"${at}/echo"`),
    get(`${at}/echo?a=1&b=%20&c=é#fragment`),
    get(`${at}/a%2Fb/../é?`),
    get(at),
    get(`http://user:pass%20word@127.0.0.1:${parts.origin.port}/echo`),
    get(`http://user@127.0.0.1:${parts.origin.port}/echo`, { headers: { authorization: 'mine' } }),
    get(`${at}/echo`, { headers: {} }),
    get(`${at}/echo`, { headers: { 'x-a': ' padded ', 'X-B': 'é', x_c: '', 'user-agent': 'Portcullis' } }),
    get(`${at}/echo`, { headers: { 'accept-encoding': 'identity', 'content-type': 'text/plain' } }),
    get(`${at}/echo`, { headers: { range: 'bytes=0-1' } }),
    get(`${at}/echo`, { headers: { 'content-length': '7', 'transfer-encoding': 'x', trailer: 'y' } }),
    get(`${at}/echo`, { headers: { host: 'other.example' } }),
    get(`${at}/status/200?header=x-a:1&header=X-A:2&header=set-cookie:a&header=Set-Cookie:b`),
    get(`${at}/gzip?body=${'long%20'.repeat(100)}&header=x:y`),
    get(`${at}/gzip?body=%7B%7D&type=application/json`),
    get(`${at}/gzip?body=x`, { method: 'head' }),
    get(`${at}/echo`, { timeout: '2s' }),
    get(`${at}/echo`, { timeout: '2000000000' }),
    get(`${at}/echo`, { timeout: 2_000_000_000 }),
    get(`${at}/echo`, { timeout: 0, enable_redirect: 0, tls_use_system_certs: false }),
  ];
  await agree(parts, rows);
});

test('bodies by their type', async (t) => {
  const parts = await both(t);
  const at = `http://127.0.0.1:${parts.origin.port}`;
  const types = [
    'application/json',
    'Application/JSON ; charset=utf-8',
    'application/vnd.api+json;version="1;2"',
    'application/json;',
    'application/json;;',
    'application/json; charset',
    'application/json; a=b; a=c',
    'application/json; a=b; A=b',
    'application/json/x',
    'text/json',
    'json',
    '',
    'application/yaml',
    'text/plain, application/x-yaml',
    'text/plain',
  ];
  const bodies = [
    '{"a":1.0,"b":[1e3,12345678901234567890]}',
    '{"a":1} trailing',
    'nullx',
    '',
    'a: 1\nb: [x, y]\n',
    '[1,2',
    '{"a":1,"a":2}',
    '"\\ud800\\u00e9"',
    '\ufeff{}',
    ' \n{"deep":{"er":["]}"]}}{}',
    '12 13',
    'a: *b',
  ];
  const url = (type: string, body: string | Buffer): string => {
    const base64 = encodeURIComponent(Buffer.from(body as string).toString('base64'));
    return `${at}/body?type=${encodeURIComponent(type)}&base64=${base64}`;
  };
  await agree(parts, [
    ...types.map((type) => get(url(type, '{"a":"1"}'))),
    ...bodies.flatMap((body) => [
      get(url('application/json', body)),
      get(url('application/yaml', body)),
      get(url('text/plain', body), { force_json_decode: true }),
      get(url('text/plain', body), { force_yaml_decode: true }),
    ]),
  ]);
});

test('mistakes in the request, as values and as undefined', async (t) => {
  const parts = await both(t);
  const at = `http://127.0.0.1:${parts.origin.port}`;
  const url = `${at}/echo`;
  const rows: Fields[] = [
    {},
    { url },
    { method: 'get' },
    get(url, { unknown: 1, another: 2 }),
    { method: 1, url },
    { method: 'g et', url },
    { method: 'get', url: 1 },
    get('http://[::1'),
    get('http://a b/'),
    get('http:///path'),
    get('127.0.0.1'),
    get('ftp://127.0.0.1/'),
    get(url, { raw_body: {} }),
    get(url, { enable_redirect: 'true' }),
    get(url, { tls_insecure_skip_verify: 2 }),
    get(url, { tls_use_system_certs: null }),
    get(url, { tls_ca_cert: 1 }),
    get(url, { headers: [] }),
    get(url, { headers: { a: 1 } }),
    get(url, { headers: { 'a b': '1' } }),
    get(url, { headers: { a: '1\r\nb: 2' } }),
    get(url, { timeout: 'soon' }),
    get(url, { timeout: '1d' }),
    get(url, { timeout: 1.5 }),
    get(url, { timeout: [] }),
    get(url, { cache: 'yes' }),
    get(url, { force_cache: 1 }),
    get(url, { force_cache: true }),
    get(url, { force_cache: true, force_cache_duration_seconds: '60' }),
    get(url, { force_cache: true, force_cache_duration_seconds: 99999999999 }),
    get(url, { force_json_decode: 1 }),
    get(url, { force_yaml_decode: 'x', cache: true }),
    get(url, { max_retry_attempts: -1 }),
    get(url, { max_retry_attempts: 'x' }),
    get(url, { headers: { a: 'b' }, cache_ignored_headers: 'a' }),
    get(url, { headers: { a: 'b' }, cache_ignored_headers: ['a', 1] }),
    get(url, { cache_ignored_headers: 1 }),
    get(url, { raise_error: 'x' }),
    get(url, { cache: true, caching_mode: 'odd' }),
  ];
  await agree(
    parts,
    rows.flatMap((row) => ('raise_error' in row ? [row] : [row, { ...row, raise_error: false }])),
  );
});

test('what fails under way', async (t) => {
  const parts = await both(t);
  const at = `http://127.0.0.1:${parts.origin.port}`;
  const rows: Fields[] = [
    get(`http://127.0.0.1:${parts.closedPort}/x?y`),
    { method: 'post', url: `http://127.0.0.1:${parts.closedPort}/` },
    get(`${at}/hang`, { timeout: '60ms' }),
    get(`${at}/stall`, { timeout: '100ms' }),
    get(`${at}/cut`),
    { method: 'post', url: `${at}/break` },
    { method: 'post', url: `${at}/break`, max_retry_attempts: 2 },
    get(`http://u:secret@127.0.0.1:${parts.closedPort}/`),
  ];
  await agree(
    parts,
    rows.flatMap((row) => [row, { ...row, raise_error: false }]),
  );
  // The server counts by address, so that each side has its own.
  for (const side of [parts.opa, parts.ours]) {
    const request = { method: 'post', url: `${at}/flaky/2?${side === parts.opa}`, max_retry_attempts: 3 };
    const answer = await ('ask' in side
      ? side.ask(JSON.stringify(request)).then((text) => parseJson(text!))
      : side.call('http.send', parseJson(JSON.stringify(request))));
    assert.equal((answer as RegoObject).get('raw_body'), 'after 3');
  }
});

test('TLS', async (t) => {
  const server = { key: keyText(LEAF_KEY), cert: leaf('localhost', LEAF_KEY), ca: CA };
  const parts = await both(t, { ...server, requestCert: true, rejectUnauthorized: false });
  const url = `https://localhost:${parts.origin.port}/echo`;
  const client = { tls_client_cert: leaf('client', P256_A), tls_client_key: keyText(P256_A) };
  const rows: Fields[] = [
    get(url),
    get(url, { tls_ca_cert: CA }),
    get(url, { tls_ca_cert: CA.replaceAll('\n', '\\n') }),
    get(url, { tls_ca_cert: 'nonsense' }),
    get(url, { tls_use_system_certs: true, tls_ca_cert: CA }),
    get(url, { tls_use_system_certs: true }),
    get(url, { tls_insecure_skip_verify: true }),
    get(url, { tls_insecure_skip_verify: 1, tls_server_name: 'other.example' }),
    get(url, { tls_ca_cert: CA, tls_server_name: 'localhost' }),
    get(url, { tls_ca_cert: CA, headers: { host: 'localhost' } }),
    get(url, { tls_ca_cert: CA, ...client }),
    get(url, { tls_ca_cert: CA, tls_client_cert: client.tls_client_cert }),
    get(url.replace('https', 'http')),
  ];
  await agree(parts, rows);
  const failing = rows.filter((_, index) => [0, 3, 5].includes(index));
  await agree(
    parts,
    failing.map((row) => Object.assign({ raise_error: false }, row)),
  );
  // Their words differ.
  for (const row of [
    get(url, { tls_ca_cert: CA, tls_server_name: 'other.example' }),
    get(url, { tls_ca_cert: CA, ...client, tls_client_key: keyText(LEAF_KEY) }),
  ]) {
    await agree(parts, [row]);
  }
});

test('redirects', async (t) => {
  const parts = await both(t);
  const at = `http://127.0.0.1:${parts.origin.port}`;
  const named = `http://localhost:${parts.origin.port}`;
  const to = (status: number, target: string): string =>
    `${at}/redirect/${status}?to=${encodeURIComponent(target)}`;
  const rows: Fields[] = [
    get(to(302, '/echo')),
    ...[301, 302, 303, 307, 308].flatMap((status) => [
      get(to(status, '/echo?x=1#f'), { enable_redirect: true, headers: { 'x-a': '1' } }),
      {
        method: 'post',
        url: to(status, '../echo'),
        enable_redirect: true,
        body: { a: 1 },
        headers: { authorization: 'mine', 'content-type': 'application/json' },
      },
    ]),
    get(to(302, `${named}/echo`), {
      enable_redirect: true,
      headers: { authorization: 'mine', cookie: 'c', 'x-key': 'k' },
    }),
    get(to(302, '//127.0.0.1:' + parts.origin.port + '/echo'), { enable_redirect: true }),
    get(to(302, ''), { enable_redirect: true }),
    get(to(304, '/echo'), { enable_redirect: true }),
    get(to(302, to(302, '/echo')), { enable_redirect: true }),
    { method: 'head', url: to(302, '/echo'), enable_redirect: true },
    get(`${at}/redirect/302?to=ftp%3A%2F%2F127.0.0.1%2F`, { enable_redirect: true, raise_error: false }),
  ];
  await agree(parts, rows);
});

/** Requests one after the other, each in an evaluation of its own. Each side has paths of its own. */
const SEQUENCES: Readonly<Record<string, readonly [path: string, ...Fields[]]>> = {
  'not cached by default': ['counted?header=cache-control:max-age=100000', {}, {}],
  'by its age': ['counted?header=cache-control:max-age=2000000000', { cache: true }, { cache: true }],
  'an age too large': ['counted?header=cache-control:max-age=99999999999', { cache: true }, { cache: true }],
  'an age that is none': ['counted?header=cache-control:max-age=x', { cache: true }, { cache: true }],
  'no-store': ['counted?header=cache-control:no-store,max-age=2000000000', { cache: true }, { cache: true }],
  'forced in spite of no-store': [
    'counted?header=cache-control:no-store',
    { force_cache: true, force_cache_duration_seconds: 100 },
    { force_cache: true, force_cache_duration_seconds: 100 },
  ],
  'forced for no time': [
    'counted',
    { force_cache: true, force_cache_duration_seconds: 0 },
    { force_cache: true, force_cache_duration_seconds: 0 },
  ],
  'by its expiry': [
    'counted?header=expires:Sun,%2022%20Nov%202099%2012:00:00%20GMT',
    { cache: true },
    { cache: true },
  ],
  'by an expiry of RFC 850': [
    'counted?header=expires:Sunday,%2022-Nov-65%2012:00:00%20GMT',
    { cache: true },
    { cache: true },
  ],
  'an expiry that is none': ['counted?header=expires:tomorrow', { cache: true }, { cache: true }],
  'errors are asked for again': [
    'status/500?header=cache-control:max-age=2000000000',
    { cache: true },
    { cache: true },
  ],
  'what was not found is kept': [
    'status/404?header=cache-control:max-age=2000000000',
    { cache: true },
    { cache: true },
  ],
  'revalidated by its tag': [
    'tagged?header=cache-control:max-age=1',
    { cache: true },
    { cache: true },
    { cache: true, caching_mode: 'deserialized' },
  ],
  'revalidated when it is forced': [
    'tagged',
    { force_cache: true, force_cache_duration_seconds: -1 },
    { force_cache: true, force_cache_duration_seconds: -1 },
  ],
  'revalidated and changed': [
    'tagged?changes&header=cache-control:max-age=1',
    { cache: true },
    { cache: true },
  ],
  'a mode that is none keeps nothing': [
    'counted?header=cache-control:max-age=2000000000',
    { cache: true, caching_mode: 'odd' },
    { cache: true, caching_mode: 'odd' },
  ],
  deserialized: [
    'counted?header=cache-control:max-age=2000000000',
    { cache: true, caching_mode: 'deserialized' },
    { cache: true, caching_mode: 'deserialized' },
  ],
  'headers tell requests apart': [
    'counted?header=cache-control:max-age=2000000000',
    { cache: true, headers: { a: '1' } },
    { cache: true, headers: { a: '2' } },
    { cache: true, headers: { a: '1' } },
  ],
  'but for those that are ignored': [
    'counted?header=cache-control:max-age=2000000000',
    { cache: true, headers: { a: '1', b: '1' }, cache_ignored_headers: ['a'] },
    { cache: true, headers: { a: '2', b: '1' }, cache_ignored_headers: ['a', 'c'] },
    { cache: true, headers: { a: '2', b: '2' }, cache_ignored_headers: ['a'] },
  ],
};

test('answers are kept as long, and revalidated alike', async (t) => {
  const { origin, opa, ours } = await both(t);
  const run = async (side: string, path: string, steps: readonly Fields[]): Promise<readonly string[]> => {
    const before = origin.seen.length;
    const answers: string[] = [];
    for (const step of steps) {
      const url = `http://127.0.0.1:${origin.port}/${path}${path.includes('?') ? '&' : '?'}side=${side}`;
      const request = JSON.stringify({ method: 'get', url, ...step });
      const answer =
        side === 'opa'
          ? await opa.ask(request).then((text) => (text === undefined ? { error: '' } : parseJson(text)))
          : await ours.call('http.send', parseJson(request));
      answers.push(shown(answer));
    }
    return [...answers, ...origin.seen.slice(before)].map((line) => line.replace(/side=\w+/, 'side'));
  };
  const differences: string[] = [];
  for (const [name, [path, ...steps]] of Object.entries(SEQUENCES)) {
    const row = `${path}${path.includes('?') ? '&' : '?'}row=${encodeURIComponent(name)}`;
    const given = (await run('us', row, steps)).join('\n');
    const wanted = (await run('opa', row, steps)).join('\n');
    if (given !== wanted) differences.push(`${name}\n ours ${given}\n OPA ${wanted}`);
  }
  assert.deepEqual(differences, []);
});

test('an evaluation asks equal questions once, errors included', async (t) => {
  const { origin, ours } = await both(t);
  const url = `http://127.0.0.1:${origin.port}`;
  const ask = (fields: Fields) => ['http.send', parseJson(JSON.stringify(fields))] as const;
  const outcomes = await ours.evaluate([
    ask(get(`${url}/counted`)),
    ask(get(`${url}/counted`)),
    ask({ url: `${url}/counted`, method: 'get', cache_ignored_headers: ['x'] }),
    ask({ method: 'post', url: `${url}/break` }),
    ask({ method: 'post', url: `${url}/break` }),
    ask(get(`${url}/status/500`)),
    ask(get(`${url}/status/500`)),
  ]);
  assert.deepEqual(outcomes[0], outcomes[1]);
  assert.deepEqual(outcomes[3], outcomes[4]);
  // As OPA: an answer whose status no cache may keep is asked for again.
  assert.deepEqual(origin.seen, ['GET /counted', 'POST /break', 'GET /status/500', 'GET /status/500']);
});
