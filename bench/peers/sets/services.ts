/** A mesh: 1,000 rules say which service may call which other one by which method below which path. */
import { SERVICE_AGENT } from '../../cache/envelope.ts';
import { type Random, zipf } from '../../distributions.ts';
import { ADDRESS, HEAD, HOST, type PolicySet, pick, type Wish } from './policy-set.ts';

const SERVICES = 100;
/** Of each service. */
const RULES_EACH = 10;
const MESH = 'spiffe://shop.example/ns/shop/sa/';
const METHODS: readonly (readonly string[])[] = [['GET'], ['GET', 'HEAD'], ['GET', 'POST'], ['POST']];
const AREAS = ['/v1/items/', '/v1/orders/', '/v1/stock/', '/internal/'];

interface Rule {
  readonly from: number;
  readonly to: number;
  readonly methods: readonly string[];
  readonly path: string;
}

const RULES: readonly Rule[] = Array.from({ length: SERVICES * RULES_EACH }, (_, i) => {
  const from = Math.floor(i / RULES_EACH);
  const nth = i % RULES_EACH;
  // Two rules for every other service that it calls.
  const to = (from * 7 + 1 + 13 * (nth >> 1)) % SERVICES;
  return { from, to, methods: METHODS[(from + nth) % 4]!, path: AREAS[(from + 3 * nth) % 4]! };
});

const rego = `${HEAD}
allow if {
	some rule in data.rules[input.attributes.source.principal][input.attributes.destination.principal]
	http.method in rule.methods
	startswith(path, rule.path)
}
`;

const id = (service: number): string => `${MESH}service-${service}`;

function dataJson(): string {
  const rules: Record<string, Record<string, { methods: readonly string[]; path: string }[]>> = {};
  for (const { from, to, methods, path } of RULES)
    ((rules[id(from)] ??= {})[id(to)] ??= []).push({ methods, path });
  return JSON.stringify({ rules });
}

/** A policy for each service that is called; whoever calls is the role. */
function cerbosFiles(): Record<string, string> {
  const rule = ({ from, methods, path }: Rule): string => `    - actions: ${JSON.stringify(methods)}
      effect: EFFECT_ALLOW
      roles: [service-${from}]
      condition: { match: { expr: 'R.attr.path.startsWith("${path}")' } }
`;
  return Object.fromEntries(
    [...Map.groupBy(RULES, ({ to }) => to)].map(([to, own]) => [
      `service-${to}.yaml`,
      `apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  version: default\n  resource: service-${to}\n  rules:\n${own.map(rule).join('')}`,
    ]),
  );
}

const ofRule = zipf(RULES.length, 0.9);
const item = zipf(3, 1);

function call(random: Random): Wish {
  const rule = RULES[(ofRule(random()) * 337) % RULES.length]!;
  const { from, to, path } = rule;
  const method = random() < 0.04 ? 'DELETE' : pick(random, rule.methods);
  return {
    call: {
      method,
      path: `${path}${item(random())}`,
      host: HOST,
      headers: {},
      agent: SERVICE_AGENT,
      principal: id(from),
      destination: id(to),
      extensions: {},
      address: ADDRESS,
    },
    allowed: RULES.some(
      (each) => each.from === from && each.to === to && each.path === path && each.methods.includes(method),
    ),
  };
}

/** The policy set `services`. */
export function services(): PolicySet {
  return {
    name: 'services',
    title: '1,000 service-to-service rules',
    rego,
    dataJson: dataJson(),
    cerbos: {
      files: cerbosFiles(),
      configuration: '',
      request: ({ call: { method, path, principal, destination } }) => ({
        principal: principal!.slice(MESH.length),
        roles: [principal!.slice(MESH.length)],
        kind: destination!.slice(MESH.length),
        action: method,
        attributes: { path: path.split('?')[0]! },
      }),
    },
    call,
  };
}
