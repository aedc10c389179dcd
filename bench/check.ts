/**
 * The path of an ext_authz check, step by step, with the decoder beside the scan: bytes, what is noted of them, the key, and all of `Check`
 * for an answer that is in the cache (authorization, question, engine, encoded answer; no sinks). Requests as Envoy sends them: 700 bytes, 7 KB
 * of headers, 60 KB of body. `npx node bench/check.ts` prints microseconds, and how many times longer the decoder takes.
 */
import { Buffer } from 'node:buffer';
import { systemClock } from '../src/clock.ts';
import { DecisionCache } from '../src/decision/cache.ts';
import { DataPlane } from '../src/decision/data-plane.ts';
import { Engine } from '../src/decision/engine.ts';
import { parseJson } from '../src/json/parse.ts';
import type { JsonObject } from '../src/json/value.ts';
import { footprintsOf } from '../src/policy/plan/footprint/footprints-of.ts';
import { type ReadTree, SCALAR } from '../src/policy/plan/footprint.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import { compileProjector } from '../src/policy/projection/projector.ts';
import type { CallContext, UnaryHandler } from '../src/rpc.ts';
import { allowEveryone } from '../src/services/authorize.ts';
import { writeCheckResponse } from '../src/services/ext-authz/answer/check-response.ts';
import { extAuthzMethod } from '../src/services/ext-authz/check.ts';
import { CheckQuestions } from '../src/services/ext-authz/check-question.ts';
import { CheckView } from '../src/services/ext-authz/check-view.ts';
import { DecodedView } from '../src/services/ext-authz/decoded-view.ts';
import { pathFacts } from '../src/services/ext-authz/path/path-facts.ts';
import { readCheckRequest } from '../src/services/ext-authz/request/check-request.ts';
import { scanCheck } from '../src/services/ext-authz/scan/scan-check.ts';
import { demoBundle } from '../test/support/demo-bundle.ts';
import { activate, CACHE, descriptor, evaluation } from '../test/support/engine.ts';
import { footprint, tree } from '../test/support/hand-made-footprint.ts';
import { AGENTS, type Call, checkRequest } from './cache/envelope.ts';
import { generator } from './distributions.ts';
import { measure } from './measure.ts';

/** Different requests, each of which comes again and again. */
const REQUESTS = 500;

const CALL: CallContext = {
  peer: { address: '127.0.0.1:4000', local: true },
  deadlineMs: Infinity,
  metadata: () => undefined,
  cancelled: () => false,
  signal: new AbortController().signal,
};
const OPTIONS = { limits: { maxBytes: 1 << 20, maxDepth: 64 }, parseBody: true, grpc: undefined };
const EXT_AUTHZ = {
  policySet: 'shop',
  entrypoint: '',
  choices: {},
  dryRun: false,
  onError: 'deny',
  errorStatus: 503,
  identityHeaders: ['x-user'],
  ambiguousPaths: 'deny',
  parseBody: true,
  grpc: undefined,
} as const;

const random = generator(21);

/** As Envoy sends them; each with an id, a port, a time and a trace of its own. */
function requests(call: Partial<Call>): Buffer[] {
  return Array.from({ length: REQUESTS }, (_, i) =>
    Buffer.from(
      checkRequest(
        {
          method: 'GET',
          path: `/orders/${i % 50}/items`,
          host: 'api.shop.example',
          agent: AGENTS[10]!,
          headers: { 'x-role': 'buyer', 'x-tenant': 'acme' },
          extensions: { service: 'orders', destination: 'orders', zone: 'internal' },
          principal: 'spiffe://shop.example/ns/shop/sa/web',
          destination: 'spiffe://shop.example/ns/shop/sa/orders',
          address: `10.1.0.${i % 200}`,
          ...call,
        },
        Date.UTC(2026, 10, 22) + i,
        random,
      ),
    ),
  );
}

const wide = Object.fromEntries(
  Array.from({ length: 60 }, (_, i) => [`x-header-of-some-software-${i}`, `${'value '.repeat(11)}${i}`]),
);
const SIZES: Readonly<Record<string, Buffer[]>> = {
  small: requests({}),
  medium: requests({ headers: { 'x-role': 'buyer', 'x-tenant': 'acme', ...wide } }),
  large: requests({ method: 'POST', body: JSON.stringify({ text: 'x'.repeat(60_000) }) }),
};

const ROLE_AND_PATH = tree({
  'attributes.request.http.method': SCALAR,
  'attributes.request.http.path': SCALAR,
  'attributes.request.http.headers.x-role': SCALAR,
});

async function demoTree(entrypoint: string): Promise<ReadTree> {
  const { descriptor: demo } = await demoBundle();
  const plan = readPlan(demo.modules[0]!.plan!);
  return footprintsOf(plan, parseJson(demo.dataJson) as JsonObject).get(entrypoint)!.input;
}

const POLICIES: Readonly<Record<string, ReadTree>> = {
  'role and path': ROLE_AND_PATH,
  gateway: await demoTree('gateway/authz/decision'),
  mesh: await demoTree('mesh/authz/decision'),
};

/** The service over an engine whose policy sees what the tree says, and allows. */
async function serviceOf(input: ReadTree) {
  const cache = new DecisionCache({ ...CACHE, maxEntries: 100_000, maxBytes: 1 << 26 });
  const create = async () => ({
    evaluate: () => evaluation('{"allowed":true,"headers":{"x-user":"alice"}}'),
    close: () => {},
  });
  const plane = new DataPlane(['shop'], create, cache);
  await activate(plane, descriptor('shop', { footprints: new Map([['a/allow', footprint(input)]]) }));
  const parts = {
    decider: new Engine(plane, [], systemClock),
    authorize: allowEveryone,
    clock: systemClock,
    policySets: ['shop'],
    inputLimits: OPTIONS.limits,
    maxDeadlineMs: 1000,
    extAuthz: EXT_AUTHZ,
  };
  const { handler } = extAuthzMethod({ ...parts, onRefusal: () => {} }) as { handler: UnaryHandler };
  const questions = new CheckQuestions(parts);
  return { handler, questions, decider: parts.decider };
}

function decodedKey(message: Buffer, projector: ReturnType<typeof compileProjector>): string {
  const facts = readCheckRequest(message, OPTIONS.limits);
  return new DecodedView(facts, pathFacts(facts.path, facts.method), OPTIONS, message.length).project(
    projector,
  ).key;
}

for (const [size, messages] of Object.entries(SIZES)) {
  console.error(`${size}: ${messages[0]!.length} bytes`);
  const at = (turn: number): Buffer => messages[turn % REQUESTS]!;
  const steps: Record<string, (turn: number) => unknown> = {
    scan: (turn) => scanCheck(at(turn), 1 << 20, 64),
    decode: (turn) => readCheckRequest(at(turn), OPTIONS.limits),
  };
  for (const [name, input] of Object.entries(POLICIES)) {
    const projector = compileProjector(input);
    const grant = allowEveryone(CALL.peer, 'ext_authz');
    const { handler, questions, decider } = await serviceOf(input);
    const view = new CheckView(at(1), OPTIONS);
    const question = questions.ask(grant, at(1), CALL);
    await decider.decide(questions.ask(grant, at(1), CALL), Infinity);
    const decision = await decider.decide(questions.ask(grant, at(1), CALL), Infinity);
    steps[`${name}: scan and key`] = (turn) => new CheckView(at(turn), OPTIONS).project(projector).key;
    steps[`${name}: decoded key`] = (turn) => decodedKey(at(turn), projector);
    steps[`${name}: key of a scanned request`] = () => view.project(projector).key;
    steps[`${name}: question`] = (turn) => questions.ask(grant, at(turn), CALL);
    steps[`${name}: engine, with key`] = () => decider.decide(question, Infinity);
    steps[`${name}: encoded answer`] = () => writeCheckResponse(decision, view, EXT_AUTHZ);
    steps[`${name}: all of Check`] = (turn) => handler(at(turn), CALL);
  }
  const figures = await measure(`check ${size}`, steps);
  for (const name of Object.keys(POLICIES)) {
    const [scanned, decoded] = [figures[`${name}: scan and key`], figures[`${name}: decoded key`]];
    if (scanned === undefined || decoded === undefined) continue;
    console.error(`${name}: the decoder takes ${(decoded.us / scanned.us).toFixed(1)} times as long`);
  }
}
process.exit(0);
