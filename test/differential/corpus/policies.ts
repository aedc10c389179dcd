/** Requests that lead the policies through all they can answer. */
import { createHmac } from 'node:crypto';
import { ENVOY_FACTS, ENVOY_STATE, FRAMING } from '../../../src/services/ext-authz/answer/header-rules.ts';
import { type CorpusRequest, type HttpRequest, requests } from './request.ts';

/** A token as the documented examples take it: HS256 with the secret `secret`. */
function token(claims: object, { secret = 'secret', algorithm = 'HS256' } = {}): string {
  const encoded = [{ alg: algorithm, typ: 'JWT' }, claims].map((one) =>
    Buffer.from(JSON.stringify(one)).toString('base64url'),
  );
  const signature = createHmac('sha256', secret).update(encoded.join('.')).digest('base64url');
  return `Bearer ${encoded.join('.')}.${algorithm === 'none' ? '' : signature}`;
}

const times = { nbf: 1_514_851_139, exp: 4_102_444_800 };
const claims = (role: string, name: string) => ({
  role,
  sub: Buffer.from(name).toString('base64url'),
  ...times,
});

const TOKENS: Readonly<Record<string, string>> = {
  guest: token(claims('guest', 'alice')),
  admin: token(claims('admin', 'bob')),
  'another role': token(claims('cleaner', 'carol')),
  expired: token({ ...claims('admin', 'bob'), exp: 1_600_000_000 }),
  'not yet valid': token({ ...claims('admin', 'bob'), nbf: 4_000_000_000 }),
  'another secret': token(claims('admin', 'bob'), { secret: 'other' }),
  unsigned: token(claims('admin', 'bob'), { algorithm: 'none' }),
  'without claims': token({}),
  garbage: 'Bearer x.y.z',
  'no scheme': token(claims('admin', 'bob')).slice('Bearer '.length),
  'basic alice': `Basic ${Buffer.from('alice:pw').toString('base64')}`,
  'basic bob': `Basic ${Buffer.from('bob:pw').toString('base64')}`,
  empty: '',
};

const TARGETS: Readonly<Record<string, HttpRequest>> = {
  'GET /people/1': { path: '/people/1' },
  'GET /productpage': { path: '/productpage' },
  'GET /api/v1/products': { path: '/api/v1/products' },
  'POST Charlie': post('{"firstname":"Charlie","lastname":"Opa"}'),
  'POST Bob': post('{"firstname":"Bob","lastname":"Rego"}'),
};

function post(body: string): HttpRequest {
  return { method: 'POST', path: '/people', body, headers: { 'content-type': 'application/json' } };
}

const withHeaders = (given: HttpRequest, headers: Readonly<Record<string, string>>): HttpRequest => ({
  ...given,
  headers: { ...given.headers, ...headers },
});

const tokenRows = Object.entries(TARGETS).flatMap(([target, given]) =>
  Object.entries(TOKENS).map(([name, authorization]): [string, HttpRequest] => [
    `${target}, ${name}`,
    withHeaders(given, { authorization }),
  ]),
);

const admin = TOKENS['admin']!;
const MALFORMED: Readonly<Record<string, HttpRequest>> = {
  'an escape that is none': { path: '/people/%zz', headers: { authorization: admin } },
  'a query with a semicolon': { path: '/people/1?a;b', headers: { authorization: admin } },
  'a malformed body of a GET': {
    path: '/people/1',
    headers: { authorization: admin, 'content-type': 'application/json' },
    body: '{',
  },
  'a malformed body of a POST': withHeaders(post('{'), { authorization: admin }),
  'both malformed': { ...withHeaders(post('{'), { authorization: admin }), path: '/people/%zz' },
};

/** The cases that a policy's table names. */
const casesOf = (policy: string): string[] =>
  Array.from(policy.slice(policy.indexOf('cases := {')).matchAll(/^\t"([^"]+)":/gm), ([, name]) => name!);

const NAMES = [
  'x-fine',
  'X-Fine',
  'x_fine',
  "x!#$%&'*+-.^_`|~9",
  '',
  ' ',
  'x y',
  'x:y',
  'x\ty',
  'é',
  'x(',
  ':path',
  ':method',
  ':authority',
  ':x',
  ...FRAMING,
  ...ENVOY_FACTS,
  ...ENVOY_STATE,
  'x-envoy-upstream-rq-timeout-ms',
  'x_envoy_internal',
  'X-Envoy-Degraded',
  'content_length',
  'Host',
  'Content-Length',
  'content-type',
  'authorization',
  'x-forwarded-for',
  'x-forwarded-client-cert',
  'x-request-id',
  'cookie',
  'set-cookie',
  'expect',
  'proxy-authorization',
];
const VALUES = [
  'fine',
  '',
  '%20padded%20',
  '%09',
  'a%0d%0aX:%20y',
  '%0a',
  '%0d',
  '%00',
  '%01',
  '%7f',
  'caf%C3%A9',
  '%F0%9F%98%80',
  '%C2%80',
  '%C2%85',
  'x'.repeat(3000),
];

const cased = (header: string, names: readonly string[]): Record<string, HttpRequest> =>
  Object.fromEntries(names.map((name) => [name, { headers: { [header]: name } }]));
const placed = (
  places: readonly string[],
  header: string,
  values: readonly string[],
): Record<string, HttpRequest> =>
  Object.fromEntries(
    places.flatMap((place) =>
      values.map((value) => [
        `${place} ${JSON.stringify(value.slice(0, 40))}`,
        { headers: { 'x-place': place, [header]: value } },
      ]),
    ),
  );

/** Takes the texts of the policies whose cases are asked for. */
export const policyRequests = (policies: {
  readonly obligations: string;
  readonly broken: string;
}): readonly CorpusRequest[] => [
  ...requests('token', Object.fromEntries(tokenRows)),
  ...requests('malformed', MALFORMED),
  ...requests('obligations', cased('x-case', casesOf(policies.obligations)), ['obligations']),
  ...requests('broken', cased('x-broken', casesOf(policies.broken)), ['broken']),
  ...requests('header name', placed(['headers', 'denied', 'response', 'remove'], 'x-name', NAMES), [
    'forbidden',
  ]),
  ...requests('header value', placed(['value', 'denied-value'], 'x-value', VALUES), ['forbidden']),
];
