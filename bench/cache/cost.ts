/**
 * What an answer costs in µs of CPU, found in the cache and evaluated: for CheckRequests and JSON inputs of three sizes, a cheap
 * policy and the demo's gateway. Medians of rounds that take turns.
 */
import { systemClock } from '../../src/clock.ts';
import { jsonBytesView } from '../../src/decision/json-view.ts';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { createLocalEvaluator } from '../../src/policy/local-evaluator.ts';
import { compileProjector } from '../../src/policy/projection/projector.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { generator } from '../distributions.ts';
import { CUSTOMERS, Person } from './callers.ts';
import { AGENTS, type Call, checkRequest, SERVICE_AGENT } from './envelope.ts';
import { cheapPolicies, createServer, demoPolicies, LIMITS, type Policies } from './servers.ts';
import { count, median, table, usedUs } from './table.ts';
import { START_MS } from './traffic.ts';

const ROUNDS = 9;
/** Kernels may count processor time in steps of 4 ms: a round takes ten of them. */
const ROUND_US = 40_000;
/** As many requests that differ in id, port, time and trace alone take turns. */
const COPIES = 32;
const TARGET = 1 / 3;

const random = generator(11);
const person = new Person('customer-1', CUSTOMERS, { roles: ['customer'], scope: 'orders:write' }, random);

/** Headers of proxies, cookies and experiments. */
const more = (bytes: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: Math.round(bytes / 130) }, (_, i) => [
      `x-experiment-${i}`,
      `variant-${i % 3}; ${'weight=0.25 '.repeat(8)}`,
    ]),
  );

const items = (bytes: number): string =>
  JSON.stringify({
    items: Array.from({ length: Math.round(bytes / 110) }, (_, id) => ({
      id,
      sku: `sku-${id}`,
      quantity: 1 + (id % 3),
      price: '12.50',
      note: 'as a gift, wrapped in paper without ribbons please',
    })),
  });

const SETTLEMENT = 'spiffe://vault.shop.example/ns/finance/sa/settlement';
const common = { host: 'api.shop.example', address: '10.1.2.3' };
const plain = { ...common, method: 'GET', path: '/orders/1000', agent: SERVICE_AGENT };
const extensions = { service: 'orders', zone: 'external' };
const signedIn = (authorization: string, headers: number, body: number): Call => ({
  ...common,
  method: 'POST',
  path: '/orders',
  agent: AGENTS[0]!,
  extensions,
  headers: { authorization, 'x-role': 'buyer', ...more(headers) },
  body: items(body),
});

/** Requests that both policies allow. */
function calls(): Readonly<Record<string, Call>> {
  const authorization = person.authorization(START_MS, random);
  return {
    small: {
      ...plain,
      headers: { 'x-role': 'buyer' },
      principal: SETTLEMENT,
      extensions: { service: 'orders' },
    },
    medium: signedIn(authorization, 3000, 3000),
    large: signedIn(authorization, 3000, 59_000),
  };
}

/** Keeps results alive. */
let sink = 0;

function microseconds(act: (turn: number) => unknown): number {
  const startUs = usedUs();
  let turns = 0;
  let usedForUs = 0;
  while (usedForUs < ROUND_US) {
    for (let i = 0; i < 8; i++) if (act(turns++) === undefined) sink++;
    usedForUs = usedUs() - startUs;
  }
  return usedForUs / turns;
}

function compare<Name extends string>(
  acts: Readonly<Record<Name, (turn: number) => unknown>>,
): Record<Name, number> {
  const rounds = (Object.entries(acts) as [Name, (turn: number) => unknown][]).map(([name, act]) => ({
    name,
    act,
    times: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { act, times } of rounds) times.push(microseconds(act));
  }
  return Object.fromEntries(rounds.map(({ name, times }) => [name, median(times)])) as Record<Name, number>;
}

/** Two tables: answers in all, and their parts. */
export async function costs(): Promise<string> {
  const totals = [
    [
      'request',
      'bytes',
      'key, bytes',
      'hit',
      'miss',
      'uncached, whole input',
      'hit / uncached',
      'target < 1/3',
    ],
  ];
  const parts = [
    [
      'request',
      'scan of the message',
      'key',
      'look-up and record',
      'evaluation, projected',
      'evaluation, whole input',
    ],
  ];
  for (const [policy, policies, entrypoint] of [
    ['role and path', await cheapPolicies(), 'cheap/allow'],
    ['gateway', await demoPolicies(), 'gateway/authz/decision'],
  ] as const) {
    for (const [size, call] of Object.entries(calls())) {
      for (const form of ['ext_authz', 'JSON'] as const) {
        const { bytes, keyBytes, us } = await measured(policies, entrypoint, call, form);
        const name = `${policy}, ${form}, ${size}`;
        const ratio = us.hit / us.uncached;
        totals.push([
          name,
          count(bytes),
          count(keyBytes),
          ...[us.hit, us.miss, us.uncached].map((each) => each.toFixed(1)),
          ratio.toFixed(2),
          ratio < TARGET ? 'met' : 'missed',
        ]);
        const key = Math.max(0, us.key - us.scan);
        parts.push([
          name,
          ...[us.scan, key, Math.max(0, us.hit - us.key), us.projected, us.whole].map((each) =>
            each.toFixed(1),
          ),
        ]);
      }
    }
  }
  return [totals, parts].map(table).join('\n\n');
}

/** The same input as a client of the Data API sends it: the body once. */
function jsonInput(document: JsonValue): Buffer<ArrayBuffer> {
  const { attributes, ...rest } = document as { attributes: { request: { http: JsonObject } } };
  const { rawBody: _, ...http } = attributes.request.http;
  return Buffer.from(
    JSON.stringify({ ...rest, attributes: { ...attributes, request: { ...attributes.request, http } } }),
  );
}

async function measured(policies: Policies, entrypoint: string, call: Call, form: 'ext_authz' | 'JSON') {
  const derived = await createServer(policies, entrypoint, 'derived');
  const whole = await createServer(policies, entrypoint, 'whole');
  const messages = Array.from({ length: COPIES }, () => checkRequest(call, START_MS, random));
  const documents = messages.map((message) => jsonInput(derived.question(message).input.document()!));
  const projector = compileProjector(derived.descriptor.footprints!.get(entrypoint)!.input);
  const view = (turn: number) => jsonBytesView(documents[turn % COPIES]!, LIMITS);
  const message = (turn: number) => messages[turn % COPIES]!;
  const input = form === 'JSON' ? view : (turn: number) => derived.question(message(turn)).input;
  const asked = (server: typeof derived, noCache: boolean) => (turn: number) =>
    form === 'JSON'
      ? server.ask(view(turn), START_MS, noCache)
      : server.check(message(turn), START_MS, noCache);

  const time = { wallMs: START_MS, deadlineMs: Infinity };
  const options = { builtins: BUILTINS, clock: systemClock };
  const windowed = await createLocalEvaluator(derived.descriptor, options);
  const module = await createWasmEvaluator(derived.descriptor, options);
  const projection = input(0).project(projector);
  const projected = Buffer.from(projection.json!);
  const acts = {
    // JSON is scanned when its key is made.
    scan: input,
    key: (turn: number) => input(turn).project(projector).key,
    hit: asked(derived, false),
    miss: asked(derived, true),
    uncached: asked(whole, true),
    projected: () => windowed.evaluate(entrypoint, projected, time),
    whole: (turn: number) => module.evaluate(entrypoint, documents[turn % COPIES], time),
  };
  for (const act of [acts.miss, acts.uncached, acts.hit]) {
    const { allowed, failure } = await act(0);
    if (!allowed) throw new Error(`the request is not allowed`, { cause: failure });
  }
  // The answer of a rule that reads the clock is kept from the second time on.
  await acts.hit(1);
  for (let turn = 0; turn < COPIES; turn++)
    if (!(await acts.hit(turn)).cached) throw new Error('the cache has no answer');
  const us = compare(acts);
  windowed.close();
  module.close();
  const bytes = (form === 'JSON' ? documents : messages)[0]!.length;
  return { bytes, keyBytes: Buffer.byteLength(projection.key), us };
}

if (import.meta.main) console.log(await costs());
if (Number.isNaN(sink)) process.exitCode = 1;
