/** Roles and paths: what a role of a header may do below which paths; the rules are Rego themselves, some with `glob.match`. */
import { AGENTS, type Agent } from '../../cache/envelope.ts';
import { type Random, zipf } from '../../distributions.ts';
import { ADDRESS, HEAD, HOST, type PolicySet, pick, type Wish } from './policy-set.ts';

interface Rule {
  readonly role: string;
  readonly methods: readonly string[];
  /** Exact, a prefix (`/a/**`), or with `*` for one segment. */
  readonly path: string;
}

const READ = ['GET', 'HEAD'];
const WRITE = ['POST', 'PUT', 'DELETE'];
const RULES: readonly Rule[] = [
  { role: 'visitor', methods: READ, path: '/' },
  { role: 'visitor', methods: READ, path: '/products' },
  { role: 'visitor', methods: READ, path: '/products/**' },
  { role: 'customer', methods: READ, path: '/products' },
  { role: 'customer', methods: READ, path: '/products/**' },
  { role: 'customer', methods: ['GET', 'POST'], path: '/customers/*/orders' },
  { role: 'customer', methods: ['GET', 'DELETE'], path: '/customers/*/orders/*' },
  { role: 'customer', methods: ['POST'], path: '/products/*/reviews' },
  { role: 'support', methods: READ, path: '/customers/**' },
  { role: 'support', methods: ['POST'], path: '/customers/*/orders/*/refund' },
  { role: 'support', methods: READ, path: '/reports/*/daily' },
  { role: 'partner', methods: [...READ, ...WRITE], path: '/partners/**' },
  { role: 'partner', methods: READ, path: '/stock/*' },
  { role: 'admin', methods: [...READ, ...WRITE], path: '/**' },
];

const isPrefix = (path: string): boolean => path.endsWith('/**') && !path.slice(0, -2).includes('*');
const pattern = (path: string): RegExp =>
  new RegExp(`^${path.replace(/\*\*?/g, (stars) => (stars === '**' ? '.*' : '[^/]*'))}$`);

function condition(path: string): string {
  if (!path.includes('*')) return `path == "${path}"`;
  return isPrefix(path) ? `startswith(path, "${path.slice(0, -2)}")` : `glob.match("${path}", ["/"], path)`;
}

const rego = [
  `${HEAD}\nrole := http.headers["x-role"]\n`,
  ...RULES.map(({ role, methods, path }) =>
    [
      'allow if {',
      `\trole == "${role}"`,
      `\thttp.method in {${methods.map((each) => `"${each}"`).join(', ')}}`,
      `\t${condition(path)}`,
      '}\n',
    ].join('\n'),
  ),
].join('\n');

const cerbosRule = ({ role, methods, path }: Rule): string => `    - actions: ${JSON.stringify(methods)}
      effect: EFFECT_ALLOW
      roles: [${role}]
      condition: { match: { expr: '${cerbosCondition(path)}' } }
`;

function cerbosCondition(path: string): string {
  if (!path.includes('*')) return `R.attr.path == "${path}"`;
  return isPrefix(path)
    ? `R.attr.path.startsWith("${path.slice(0, -2)}")`
    : `R.attr.path.matches("${pattern(path).source.replaceAll('\\/', '/')}")`;
}

const tested = RULES.map((rule) => ({ ...rule, test: pattern(rule.path) }));
const isAllowed = (role: string, method: string, path: string): boolean =>
  tested.some((rule) => rule.role === role && rule.methods.includes(method) && rule.test.test(path));

const product = zipf(300, 1.1);
const customer = zipf(400, 1.1);
const order = zipf(4, 1);
const agents = zipf(AGENTS.length, 1);

/** [share, role, method, path]. Those at the end are denied. */
type Kind = readonly [number, string, string, (random: Random) => string];
const orders = (r: Random): string => `/customers/${customer(r())}/orders`;
const KINDS: readonly Kind[] = [
  [0.26, 'visitor', 'GET', (r) => `/products/${product(r())}`],
  [0.06, 'visitor', 'GET', (r) => `/products?page=${1 + order(r())}`],
  [0.2, 'customer', 'GET', (r) => `/products/${product(r())}`],
  [0.16, 'customer', 'GET', orders],
  [0.12, 'customer', 'GET', (r) => `${orders(r)}/${order(r())}`],
  [0.02, 'customer', 'POST', orders],
  [0.02, 'customer', 'POST', (r) => `/products/${product(r())}/reviews`],
  [0.04, 'support', 'GET', (r) => `${orders(r)}/${order(r())}`],
  [0.01, 'support', 'POST', (r) => `${orders(r)}/${order(r())}/refund`],
  [0.05, 'partner', 'GET', (r) => `/stock/${product(r())}`],
  [0.015, 'admin', 'PUT', (r) => `/products/${product(r())}`],
  [0.02, 'visitor', 'GET', orders],
  [0.015, 'customer', 'DELETE', (r) => `/products/${product(r())}`],
  [0.01, 'partner', 'GET', (r) => `/reports/${order(r())}/daily`],
];

function call(random: Random): Wish {
  let left = random();
  const [, role, method, path] = KINDS.find(([share]) => (left -= share) < 0) ?? KINDS[0]!;
  const target = path(random);
  const agent: Agent = AGENTS[agents(random())]!;
  return {
    call: {
      method,
      path: target,
      host: HOST,
      headers: { 'x-role': role },
      agent,
      extensions: { service: 'shop' },
      address: pick(random, [ADDRESS, '10.1.2.4', '10.1.9.7']),
    },
    allowed: isAllowed(role, method, target.split('?')[0]!),
  };
}

/** The policy set `roles`. */
export function rolesAndPaths(): PolicySet {
  return {
    name: 'roles',
    title: 'roles and paths',
    rego,
    dataJson: '{}',
    cerbos: {
      files: {
        'http.yaml': `apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  version: default\n  resource: http\n  rules:\n${RULES.map(cerbosRule).join('')}`,
      },
      configuration: '',
      request: ({ call: { method, path, headers } }) => ({
        principal: 'caller',
        roles: [headers['x-role']!],
        kind: 'http',
        action: method,
        attributes: { path: path.split('?')[0]! },
      }),
    },
    call,
  };
}
