/** Documents as Envoy's checks have them, and trees of reads as policies have them, for bench/projection.ts. */
import type { ReadTree } from '../src/policy/plan/footprint.ts';
import { COMPARED, FULL, SCALAR } from '../src/policy/plan/footprint.ts';

const TOKEN = `Bearer eyJ${'aB3_'.repeat(200)}`;

const headers = (count: number, token: boolean): Record<string, string> => ({
  ':authority': 'api.shop.example',
  ':method': 'GET',
  ':path': '/orders/1234?limit=5',
  'x-request-id': '6f1c2a8e-5d0b-4a3f-9a51-0c7d2b9f4e10',
  'x-user': 'alice',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)',
  ...(token && { authorization: TOKEN }),
  ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-header-${i}`, `value ${i} `.repeat(5)])),
});

const items = (count: number): unknown =>
  Array.from({ length: count }, (_, id) => ({
    id,
    sku: `sku-${id}`,
    role: 'buyer',
    tags: ['a', 'b'],
    price: 12.5,
    text: 'lorem ipsum dolor sit amet '.repeat(2),
  }));

const check = (headerCount: number, token: boolean, itemCount: number): string =>
  JSON.stringify({
    attributes: {
      source: { address: { socketAddress: { address: '10.0.0.7', portValue: 43210 } } },
      request: {
        time: '2026-11-22T10:00:00Z',
        http: {
          id: '123',
          method: 'GET',
          path: '/orders/1234?limit=5',
          host: 'api.shop.example',
          protocol: 'HTTP/1.1',
          headers: headers(headerCount, token),
        },
      },
    },
    parsed_path: ['orders', '1234'],
    parsed_query: { limit: ['5'] },
    parsed_body: { items: items(itemCount) },
  });

/** JSON text by name. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  small: check(1, false, 0),
  medium: check(60, true, 23),
  large: check(60, true, 435),
};

const tree = (reads: number, children?: Readonly<Record<string, ReadTree>>, each?: ReadTree): ReadTree => ({
  reads,
  ...(children && { children: new Map(Object.entries(children)) }),
  ...(each && { each }),
});
const scalar = tree(SCALAR);
const http = (children: Readonly<Record<string, ReadTree>>): Record<string, ReadTree> => ({
  attributes: tree(0, { request: tree(0, { http: tree(0, children) }) }),
});
const role = tree(0, { role: tree(COMPARED), tags: tree(0, undefined, tree(COMPARED)) });

/** Trees by what they see. */
export const TREES: Readonly<Record<string, ReadTree>> = {
  'method, path, a header': tree(
    0,
    http({ method: scalar, path: scalar, headers: tree(0, { 'x-user': scalar }) }),
  ),
  'the same and a token': tree(
    0,
    http({ method: scalar, path: scalar, headers: tree(0, { 'x-user': scalar, authorization: scalar }) }),
  ),
  'path segments, roles of items': tree(0, {
    parsed_path: tree(0, undefined, scalar),
    parsed_body: tree(0, { items: tree(0, undefined, role) }),
  }),
  'all headers': tree(0, http({ method: scalar, headers: tree(FULL) })),
  everything: tree(FULL),
};
