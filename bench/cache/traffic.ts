/**
 * Traffic as Envoy asks about it: at a shop's edge, between its services, and at an API of accounts. Who asks, for what and how
 * often is Zipf; request id, port, time and trace are of one request only. The same in every run but for the tokens'
 * signatures.
 */
import { generator, type Random, zipf } from '../distributions.ts';
import { CUSTOMERS, Person, STAFF } from './callers.ts';
import { AGENTS, type Call, checkRequest, GRPC_AGENT, SERVICE_AGENT } from './envelope.ts';

export interface Ask {
  readonly atMs: number;
  readonly message: Uint8Array<ArrayBuffer>;
  /** What is asked for and by whom; all that can matter to the site's policy but for the credential itself … */
  readonly what: string;
  /** … which is this. Both together are the key of an ideal cache. */
  readonly credential: string;
}

/** What one request is about, and who says so how. */
interface Wish {
  readonly call: Omit<Call, 'host' | 'address'>;
  readonly what: string;
  readonly credential: string;
  readonly caller: number;
}

/** Draws requests, at moments. */
export type Site = (atMs: number, random: Random) => Wish;

/** A Wednesday, 10:00 in Berlin: the demo's offices in Europe are open. */
export const START_MS: number = Date.UTC(2026, 10, 25, 9);
export const PEOPLE = 5000;

/** Endless; `perSecond` requests a second of the traffic's own time. */
export function* traffic(site: Site, perSecond: number, seed = 6): Generator<Ask, never> {
  const random = generator(seed);
  let atMs = START_MS;
  for (;;) {
    atMs += (-Math.log(1 - random()) * 1000) / perSecond;
    const { call, what, credential, caller } = site(atMs, random);
    // A caller stays with one address, but for those on the move.
    const network = random() < 0.05 ? Math.floor(random() * 65_536) : (caller * 7919) % 65_536;
    const address = `10.1.${network >> 8}.${network & 255}`;
    const wallMs = Math.floor(atMs);
    const message = checkRequest({ ...call, host: 'api.shop.example', address }, wallMs, random);
    yield { atMs: wallMs, message, what, credential };
  }
}

const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
const agentOf = (caller: number): Call['agent'] => AGENTS[(caller * 31) % AGENTS.length]!;

/** Draws by weights that sum up to 1. */
function choice<T>(weights: readonly (readonly [weight: number, T])[]): (random: Random) => T {
  return (random) => {
    let at = random();
    for (const [weight, each] of weights) if ((at -= weight) < 0) return each;
    return weights[0]![1];
  };
}

/** Partners' API keys, whose records replace those of the demo. */
export const API_KEYS: Readonly<Record<string, string>> = {
  'acme-1': 'pk.acme-1.01234567890123456789012345678901',
  'globex-1': 'pk.globex-1.98765432109876543210987654321098',
};

const ORDERS_SERVICE = 'spiffe://shop.example/ns/shop/sa/orders';

/** The demo's gateway: products for everybody, orders for customers, staff, partners and services. */
export function edge(seed = 1): Site {
  const random = generator(seed);
  const customers = Array.from({ length: PEOPLE * 0.97 }, (_, id) => {
    const claims = { roles: ['customer'], scope: 'orders:read orders:write', sid: `${id}` };
    return new Person(`customer-${id}`, CUSTOMERS, claims, random);
  });
  const staff = Array.from({ length: PEOPLE * 0.03 }, (_, id) => {
    const manager = id % 10 === 0;
    const claims = {
      roles: [manager ? 'manager' : 'support'],
      region: 'eu',
      regions: ['eu', 'us'],
      scp: ['orders:read', 'reports:read', 'orders:refund'],
      ...(manager && { acr: 'urn:shop:mfa', amr: ['pwd', 'otp'], auth_time: START_MS / 1000 + 100 }),
    };
    return new Person(`staff-${id}`, STAFF, claims, random);
  });
  const products = zipf(2000, 1.1);
  const customer = zipf(customers.length, 1.1);
  const member = zipf(staff.length, 0.8);
  const own = zipf(4, 1);
  const shared = zipf(400, 1.1);
  const pages = zipf(3, 1.5);

  type Make = (atMs: number, random: Random) => Wish;
  const anonymous = (path: (r: Random) => string): Make => {
    return (_, r) => {
      const caller = Math.floor(r() * 50_000);
      const target = path(r);
      const call = {
        method: 'GET',
        path: target,
        headers: {},
        agent: agentOf(caller),
        ...route('catalogue', 'external'),
      };
      return { call, what: `GET ${bare(target)}`, credential: '', caller };
    };
  };
  const person = (
    people: readonly Person[],
    rank: (u: number) => number,
    make: (id: number, r: Random) => { method?: string; path: string; body?: string; matters?: string },
  ): Make => {
    return (atMs, r) => {
      const id = rank(r());
      const { method = 'GET', path, body, matters = '' } = make(id, r);
      const who = people[id]!;
      const authorization = who.authorization(atMs, r);
      const call = {
        method,
        path,
        headers: { authorization },
        agent: agentOf(id),
        ...route('orders', 'external'),
        ...(body !== undefined && { body }),
      };
      return {
        call,
        what: `${who.sub} ${method} ${bare(path)} ${matters}`,
        credential: authorization,
        caller: id,
      };
    };
  };
  const order = (id: number, r: Random): number => 1000 + id * 4 + own(r());
  // Some clients add what makes every URL another, so that no cache on the way answers.
  const buster = (r: Random): string => (r() < 0.01 ? `?_=${Math.floor(r() * 1e13)}` : '');
  const page = (r: Random): string => (r() < 0.3 ? `?limit=20&page=${1 + pages(r())}` : '');
  const cart = (r: Random): string =>
    JSON.stringify({ items: [{ product: products(r()), quantity: 1 + pages(r()) }], note: `${r()}` });
  const kinds = choice<Make>([
    [0.36, anonymous((r) => `/products/${products(r())}${buster(r)}`)],
    [0.16, anonymous((r) => `/products${page(r)}${buster(r)}`)],
    [0.18, person(customers, customer, (id, r) => ({ path: `/customers/customer-${id}/orders${page(r)}` }))],
    [0.165, person(customers, customer, (id, r) => ({ path: `/orders/${order(id, r)}${buster(r)}` }))],
    [0.01, person(customers, customer, (_, r) => ({ method: 'POST', path: '/orders', body: cart(r) }))],
    [0.005, person(customers, customer, (id, r) => ({ method: 'DELETE', path: `/orders/${order(id, r)}` }))],
    [
      0.01,
      person(customers, customer, (id, r) => ({
        path: `/customers/customer-${id + Math.floor(r() * 5)}/orders`,
      })),
    ],
    [0.03, person(staff, member, (id, r) => ({ path: `/orders/${order(id, r)}` }))],
    [
      0.01,
      person(staff, member, (_, r) => ({ path: `/regions/eu/reports/week-${40 + Math.floor(r() * 8)}` })),
    ],
    [
      0.005,
      person(staff, member, (id, r) => {
        const amount = pick(r, [10, 20, 50, 100, 250, 400, 600, 5000]);
        const body = JSON.stringify({ amount, currency: 'EUR' });
        return { method: 'POST', path: `/orders/${order(id, r)}/refund`, body, matters: String(amount) };
      }),
    ],
    [
      0.035,
      (_, r) => {
        const id = pick(r, Object.keys(API_KEYS));
        const path = `/orders/${1000 + shared(r())}`;
        const headers = { 'x-api-key': API_KEYS[id]! };
        const call = { method: 'GET', path, headers, agent: SERVICE_AGENT, ...route('orders', 'partner') };
        return { call, what: `${id} GET ${path}`, credential: id, caller: 1 };
      },
    ],
    [
      0.03,
      (_, r) => {
        const path = `/payments/${shared(r())}`;
        const routed = route('payments', 'internal');
        const call = {
          method: 'GET',
          path,
          headers: {},
          agent: SERVICE_AGENT,
          principal: ORDERS_SERVICE,
          ...routed,
        };
        return { call, what: `service GET ${path}`, credential: ORDERS_SERVICE, caller: 2 };
      },
    ],
  ]);
  return (atMs, r) => kinds(r)(atMs, r);
}

const route = (service: string, zone: string): Pick<Call, 'extensions'> => ({
  extensions: { service, zone },
});
const bare = (path: string): string => path.split('?')[0]!;

const MESH = 'spiffe://shop.example/ns/shop/sa';
const SETTLEMENT = 'spiffe://vault.shop.example/ns/finance/sa/settlement';
const PAYMENTS = 'spiffe://vault.shop.example/ns/finance/sa/payments';
const PROMETHEUS = 'spiffe://shop.example/ns/monitoring/sa/prometheus';

/** The demo's mesh: services that call each other by HTTP and gRPC. */
export function mesh(): Site {
  const sku = zipf(1500, 1.1);
  const order = zipf(2500, 1.1);
  interface Edge {
    readonly from: string;
    readonly to: string;
    readonly ask: (r: Random) => { method?: string; path: string; headers?: Record<string, string> };
  }
  const grpc = (path: string, headers: Record<string, string> = {}) => ({ method: 'POST', path, headers });
  const [inventory, orders] = [`${MESH}/inventory`, `${MESH}/orders`];
  const edges = choice<Edge>([
    [0.25, { from: `${MESH}/storefront`, to: orders, ask: (r) => ({ path: `/orders/${order(r())}` }) }],
    [0.1, { from: `${MESH}/warehouse`, to: inventory, ask: () => ({ path: '/stock' }) }],
    [0.28, { from: `${MESH}/warehouse`, to: inventory, ask: (r) => ({ path: `/stock/${sku(r())}` }) }],
    [
      0.05,
      {
        from: `${MESH}/warehouse`,
        to: inventory,
        ask: (r) => ({ method: 'PUT', path: `/stock/${sku(r())}` }),
      },
    ],
    [0.05, { from: `${MESH}/warehouse`, to: inventory, ask: () => grpc('/shop.inventory.v1.Stock/Watch') }],
    [0.08, { from: `${MESH}/warehouse`, to: orders, ask: (r) => ({ path: `/orders/${order(r())}` }) }],
    [
      0.04,
      {
        from: `${MESH}/storefront`,
        to: orders,
        ask: (r) => ({
          method: 'POST',
          path: '/orders',
          headers: { 'x-tenant': pick(r, ['shop', 'outlet', 'other']) },
        }),
      },
    ],
    [
      0.02,
      {
        from: orders,
        to: inventory,
        // The order's number; some ask whether it would do.
        ask: (r) =>
          grpc('/shop.inventory.v1.Stock/Reserve', {
            'x-order-id': String(100_000 + Math.floor(r() * 900_000)),
            ...(r() < 0.2 && { 'x-dry-run': '1' }),
          }),
      },
    ],
    [
      0.04,
      {
        from: orders,
        to: PAYMENTS,
        ask: (r) =>
          grpc('/shop.payments.v1.Payments/Capture', {
            'x-environment': r() < 0.9 ? 'production' : 'staging',
          }),
      },
    ],
    [0.02, { from: SETTLEMENT, to: PAYMENTS, ask: () => grpc('/shop.payments.v1.Admin/Settle') }],
    [0.02, { from: `${MESH}/legacy-importer`, to: orders, ask: () => ({ path: '/orders/7' }) }],
    [0.03, { from: PROMETHEUS, to: orders, ask: () => ({ path: '/metrics' }) }],
    [0.02, { from: PROMETHEUS, to: inventory, ask: () => ({ path: '/metrics' }) }],
  ]);
  return (_, random) => {
    const { from, to, ask } = edges(random);
    const { method = 'GET', path, headers = {} } = ask(random);
    const agent = path.includes('.v1.') ? GRPC_AGENT : SERVICE_AGENT;
    const call = { method, path, headers, agent, principal: from, destination: to, extensions: {} };
    const { 'x-order-id': _order, ...matter } = headers;
    const what = `${from} ${to} ${method} ${path} ${JSON.stringify(matter)}`;
    return { call, what, credential: from, caller: from.length };
  };
}

/** An API of accounts, whose tokens the mesh has verified: test/corpus/envoy_jwt. */
export function accounts(seed = 2): Site {
  const random = generator(seed);
  const people = Array.from({ length: PEOPLE }, (_, id) => {
    const claims = { account: `a${id}`, roles: id % 3 === 0 ? ['reader'] : ['reader', 'payer'] };
    return new Person(`holder-${id}`, CUSTOMERS, claims, random);
  });
  const rank = zipf(PEOPLE, 1.1);
  const payee = zipf(40, 1);
  const kinds = choice<(id: number, r: Random) => { method?: string; path: string; amount?: string }>([
    [0.8, (id) => ({ path: `/accounts/a${id}` })],
    [0.05, (id) => ({ method: 'HEAD', path: `/accounts/a${id}` })],
    [0.12, () => ({ path: '/public' })],
    [0.01, (id) => ({ path: `/accounts/a${id + 1}` })],
    [
      0.02,
      (_, r) => ({
        method: 'POST',
        path: `/accounts/a${payee(r())}/payments`,
        amount: pick(r, ['5', '10', '25.00', '50', '99.90', '250', '900', '1500', '20000']),
      }),
    ],
  ]);
  return (atMs, r) => {
    const id = rank(r());
    const { method = 'GET', path, amount } = kinds(r)(id, r);
    const authorization = people[id]!.authorization(atMs, r);
    const headers = { authorization, ...(amount !== undefined && { 'x-amount': amount }) };
    const call = { method, path, headers, agent: agentOf(id), extensions: {} };
    return { call, what: `${id} ${method} ${path} ${amount}`, credential: authorization, caller: id };
  };
}
