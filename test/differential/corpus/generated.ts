/** Requests put together at random, the same ones in every run. */
import { type CorpusRequest, type HttpRequest, request } from './request.ts';

const METHODS = ['GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT', 'patch'];
const SEGMENTS = [
  'people',
  'search',
  'health',
  'a',
  '',
  '.',
  '..',
  '1',
  '%2f',
  '%2e%2e',
  '%25',
  '%zz',
  'é',
  '%C3%A9',
  '%FF',
  'a;b',
  '+',
  '%20',
  'test.KitchenSink',
  '%00',
];
const KEYS = ['lang', 'id', 'role', '', 'a', '%61', '%zz', 'é', '%FF', '__proto__'];
const VALUES = ['en', '1', '2', 'admin', '', '+', '%20', '%', ';', '=', 'é', '%C3%A9', '%FF'];
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  [
    'content-type',
    [
      'application/json',
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'text/plain',
      'application/grpc',
      '',
    ],
  ],
  ['content-length', ['0', '2', '7', '20', '100000', '-1', 'x']],
  ['x-envoy-auth-partial-body', ['true', 'false', 'x']],
  ['authorization', ['Basic YWxpY2U6cHc=', 'Basic Ym9iOg==', 'Bearer x', 'Basic %']],
  ['x-case', ['allowed-everything', 'denied-everything', 'metadata', 'no-such-case']],
  ['accept', ['*/*', 'a,b', 'é', '']],
];
const BODIES = [
  '',
  '{}',
  '{"firstname":"Charlie","lastname":"Opa"}',
  '{"a":1,"a":2}',
  '[1.0,2e3]',
  '{',
  'null',
  'a=b&a=c',
  'a=%zz',
  'name=Charlie',
  '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nCharlie\r\n--b--\r\n',
  '--b\r\n',
  '1 2',
  '"\u0000é"',
];
const PRINCIPALS = ['', '', 'spiffe://prod/a', 'spiffe://test/b', 'CN=c'];

/** Marsaglia's xorshift: nothing more is needed, and it is the same everywhere. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }

  below(count: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % count;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  list<T>(atMost: number, make: () => T): T[] {
    return Array.from({ length: this.below(atMost + 1) }, make);
  }
}

export function generatedRequests(seed: number, count: number): readonly CorpusRequest[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => request(`generated: ${index}`, generate(random)));
}

function generate(random: Random): HttpRequest {
  const path = `/${random.list(4, () => random.of(SEGMENTS)).join('/')}`;
  const query = random.list(
    3,
    () => `${random.of(KEYS)}${random.below(4) === 0 ? '' : `=${random.of(VALUES)}`}`,
  );
  const headers: Record<string, string> = {};
  for (const [name, values] of HEADERS) if (random.below(2) === 0) headers[name] = random.of(values);
  const body = random.of(BODIES);
  const principal = random.of(PRINCIPALS);
  return {
    method: random.of(METHODS),
    path: query.length > 0 || random.below(8) === 0 ? `${path}?${query.join('&')}` : path,
    headers,
    ...(random.below(4) === 0 ? { rawBody: Buffer.from(body) } : { body }),
    ...(principal === '' ? {} : { attributes: { source: { principal } } }),
  };
}
