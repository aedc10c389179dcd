/** Peers, certificates, routes, metadata, TLS, times and sizes: whatever Envoy tells beside the HTTP request. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { HttpRequest } from './request.ts';
import { type CorpusRequest, requests } from './request.ts';

type Attributes = NonNullable<HttpRequest['attributes']>;

const PRINCIPALS = [
  'spiffe://prod/ns/shop/sa/cart',
  'spiffe://prod/',
  'spiffe://test/x',
  'CN=cart,O=Shop',
  'cart.shop.svc',
  ' spiffe://prod/x',
  'spiffe://prod/é',
  '',
];

const socket = (value: Readonly<Record<string, unknown>>): Attributes => ({
  source: { address: { address: { case: 'socketAddress', value } } },
});

const PEERS: Readonly<Record<string, Attributes>> = {
  everything: {
    source: {
      service: 'cart',
      labels: { app: 'cart', '': 'x' },
      principal: 'spiffe://prod/ns/shop/sa/cart',
      certificate: '-----BEGIN%20CERTIFICATE-----%0A',
    },
    destination: {
      service: 'orders',
      labels: { app: 'orders' },
      principal: 'spiffe://prod/ns/shop/sa/orders',
    },
  },
  none: { source: undefined as never, destination: undefined as never },
  empty: { source: {}, destination: {} },
  'an empty address': { source: { address: {} } },
  'an IPv6 address': socket({ address: '2001:db8::1', portSpecifier: { case: 'portValue', value: 65535 } }),
  'port zero': socket({ address: '0.0.0.0', portSpecifier: { case: 'portValue', value: 0 } }),
  'no port': socket({ address: '10.1.2.3' }),
  'a named port': socket({
    address: 'db.internal',
    portSpecifier: { case: 'namedPort', value: 'postgres' },
    resolverName: 'r',
  }),
  'an empty named port': socket({ address: 'db.internal', portSpecifier: { case: 'namedPort', value: '' } }),
  UDP: socket({
    protocol: 1,
    address: '10.1.2.3',
    portSpecifier: { case: 'portValue', value: 53 },
    ipv4Compat: true,
  }),
  'a protocol unheard of': socket({ protocol: 9, address: '10.1.2.3' }),
  'a network namespace': socket({ address: '10.1.2.3', networkNamespaceFilepath: '/var/run/netns/x' }),
  'a pipe': { source: { address: { address: { case: 'pipe', value: { path: '@abstract', mode: 0o600 } } } } },
  'an empty pipe': { source: { address: { address: { case: 'pipe', value: {} } } } },
  'an internal listener': {
    source: {
      address: {
        address: {
          case: 'envoyInternalAddress',
          value: { addressNameSpecifier: { case: 'serverListenerName', value: 'inner' }, endpointId: 'e1' },
        },
      },
    },
  },
};

const metadata = (
  filterMetadata: Readonly<Record<string, JsonObject>>,
  typed: Readonly<Record<string, { typeUrl: string; value: Uint8Array }>> = {},
): Attributes => ({
  metadataContext: { filterMetadata, typedFilterMetadata: typed },
});
const jwt = (claims: JsonObject): Attributes =>
  metadata({ 'envoy.filters.http.jwt_authn': { verified_jwt: claims } });

const REST: Readonly<Record<string, Attributes>> = {
  'context extensions': { contextExtensions: { route: 'orders', tenant: 'é', '': '', __proto__x: 'y' } },
  'claims of a token': jwt({ email: 'alice@example.com', exp: 1_900_000_000, name: 'Alice' }),
  'claims of an old token': jwt({ email: 'alice@example.com', exp: 10 }),
  'claims of a wrong type': jwt({ email: ['a', 'b'], exp: 2000 }),
  'metadata of every kind': metadata({
    a: {
      null: null,
      true: true,
      false: false,
      zero: 0,
      minus: -0,
      half: 0.5,
      int: 12345,
      big: 1e21,
      bigger: 123456789012345680000,
      small: 1e-7,
      text: '漢',
      list: [1, [], {}, null, 'x'],
      object: { a: { b: [] } },
    },
    'b.c': {},
    '': { '': '' },
  }),
  'numbers of metadata': metadata({
    n: {
      a: 2 ** 53 + 2,
      b: 1e15,
      c: 1e16,
      d: 0.1,
      e: 1e-6,
      f: 5e-324,
      g: 1.7976931348623157e308,
      h: 100,
      i: 4294967296,
    },
  }),
  'typed metadata': metadata(
    {},
    {
      x: { typeUrl: 'type.googleapis.com/google.protobuf.StringValue', value: Buffer.from('\n\u0003abc') },
      y: { typeUrl: '', value: Buffer.alloc(0) },
      z: { typeUrl: 'no.such/Type', value: Buffer.of(255, 254) },
    },
  ),
  'empty metadata': { metadataContext: {}, routeMetadataContext: {} },
  'metadata of the route': {
    routeMetadataContext: { filterMetadata: { route: { owner: 'team-a', tier: 1 } } },
  },
  'a server name': { tlsSession: { sni: 'shop.example' } },
  'an empty TLS session': { tlsSession: {} },
};

export const ATTRIBUTE_REQUESTS: readonly CorpusRequest[] = [
  ...requests(
    'principal',
    Object.fromEntries(
      PRINCIPALS.map((principal) => [JSON.stringify(principal), { attributes: { source: { principal } } }]),
    ),
  ),
  ...requests(
    'peer',
    Object.fromEntries(Object.entries(PEERS).map(([name, attributes]) => [name, { attributes }])),
  ),
  ...requests(
    'attributes',
    Object.fromEntries(Object.entries(REST).map(([name, attributes]) => [name, { attributes }])),
  ),
  ...requests('attributes', {
    'a principal and claims': {
      attributes: {
        ...(jwt({ email: 'bob@example.com', exp: 1_900_000_000 }) as object),
        source: { principal: 'CN=bob' },
      },
    },
  }),
  ...requests(
    'size',
    Object.fromEntries(
      [-1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)].map((size) => [
        String(size),
        { http: { size } },
      ]),
    ),
  ),
  ...requests('http', {
    'everything that is always empty': { http: { query: 'a=b', fragment: 'x' } },
    'another protocol': { http: { protocol: 'HTTP/1.0', scheme: '', host: '', id: '' } },
  }),
  ...requests('time', {
    'the epoch': { time: { seconds: 0n, nanos: 0 } },
    'before the epoch': { time: { seconds: -1n, nanos: 999_999_999 } },
    'whole seconds': { time: { seconds: 1_763_812_345n, nanos: 0 } },
    'out of range': { time: { seconds: 2n ** 62n, nanos: -5 } },
  }),
];
