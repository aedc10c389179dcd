/** Engines with a cache each over the same policies, asked as Envoy asks. */

import { createHmac } from 'node:crypto';
import { compilePolicies } from '../../src/authoring/compile-policies.ts';
import { readSources, type Sources } from '../../src/authoring/sources.ts';
import { systemClock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane } from '../../src/decision/data-plane.ts';
import type { Decision, Question } from '../../src/decision/decision.ts';
import { Engine } from '../../src/decision/engine.ts';
import type { InputView } from '../../src/decision/input-view.ts';
import type { InputLimits } from '../../src/decision/json-view.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { parseJson } from '../../src/json/parse.ts';
import type { JsonObject } from '../../src/json/value.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import { createLocalEvaluator } from '../../src/policy/local-evaluator.ts';
import { footprintsOf } from '../../src/policy/plan/footprint/footprints-of.ts';
import { SCALAR } from '../../src/policy/plan/footprint.ts';
import { readPlan } from '../../src/policy/plan/read-plan.ts';
import { unprepared } from '../../src/policy/prepared.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../../src/policy/projection/projector.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { CheckQuestions } from '../../src/services/ext-authz/check-question.ts';
import { demoBundle } from '../../test/support/demo-bundle.ts';
import { tree } from '../../test/support/hand-made-footprint.ts';
import { CUSTOMERS, type Issuer, STAFF } from './callers.ts';
import { API_KEYS } from './traffic.ts';

/** Policies without what says where footprints come from: the whole input is the key then. */
export type Policies = Omit<PolicySetDescriptor, 'footprints'>;

/** The demo's, with the keys of our callers in its data. */
export async function demoPolicies(): Promise<Policies> {
  const { descriptor } = await demoBundle();
  const data = parseJson(descriptor.dataJson) as JsonObject;
  const { issuers, partners } = data['gateway'] as { [part: string]: { [name: string]: JsonObject } };
  for (const { iss, kid, alg, key } of [CUSTOMERS, STAFF] satisfies Issuer[])
    issuers![iss]!['jwks'] = { keys: [{ ...key.jwk, kid, alg, use: 'sig' }] };
  for (const [id, key] of Object.entries(API_KEYS)) {
    const salt = `salt of ${id}`;
    const hash = createHmac('sha256', salt).update(key.split('.')[2]!).digest('hex');
    Object.assign(partners![id]!, { salt, hash });
  }
  return { ...descriptor, dataJson: Buffer.from(canonicalJson(data)) };
}

/** Those of a folder of test/corpus, without data. Rejects with `opa_unavailable` without OPA. */
export async function corpusPolicies(folder: string): Promise<Policies> {
  const sources = await readSources([new URL(`../../test/corpus/${folder}`, import.meta.url).pathname]);
  return compiled({ ...sources, data: [], vectors: [] }, '{}');
}

/** A role from a header, a method and the beginning of a path. Rejects as `corpusPolicies`. */
export async function cheapPolicies(): Promise<Policies> {
  const rego = `package cheap
# METADATA
# entrypoint: true
default allow := false
http := input.attributes.request.http
allow if {
	some grant in data.grants[http.headers["x-role"]]
	grant.method == http.method
	startswith(http.path, grant.prefix)
}`;
  const grants = { buyer: ['GET', 'POST'].map((method) => ({ method, prefix: '/orders' })) };
  const file = { path: 'cheap.rego', file: 'cheap.rego', bytes: Buffer.from(rego) };
  const sources = { rego: [file], tests: [], data: [], vectors: [], manifest: undefined };
  return compiled(sources, JSON.stringify({ grants }));
}

async function compiled(sources: Sources, dataJson: string): Promise<Policies> {
  const { module, plan, entrypoints } = await compilePolicies(sources, []);
  const descriptor = await compileModule('policies', module, new Set(BUILTINS.keys()));
  return {
    name: 'shop',
    modules: [{ ...descriptor, plan }],
    dataJson: Buffer.from(dataJson),
    entrypoints,
    defaultEntrypoint: undefined,
    policyDigest: descriptor.digest,
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
}

/** `derived`: by the footprint; `whole`: by the whole input; `subset`: by what operators choose; `off`: never, but projected. */

export type Keying = 'derived' | 'whole' | 'subset' | 'off';

/** What keys that are written by hand commonly hold. */
const SUBSET = compileProjector(
  tree({
    'attributes.request.http.method': SCALAR,
    'attributes.request.http.path': SCALAR,
    'attributes.request.http.headers.authorization': SCALAR,
    'attributes.source.principal': SCALAR,
  }),
);

/** Keyed by the subset; what is evaluated is the whole input. */
function bySubset(view: InputView): InputView {
  return {
    sizeBytes: view.sizeBytes,
    document: () => view.document(),
    get extent() {
      return view.extent;
    },
    project: () => {
      const { key } = view.project(SUBSET);
      return {
        key,
        get json() {
          return view.project(WHOLE_PROJECTOR).json;
        },
      };
    },
  };
}

export const LIMITS: InputLimits = { maxBytes: 1 << 20, maxDepth: 64 };
const SIGNAL = new AbortController().signal;
const CALL = {
  peer: { address: '127.0.0.1:4000', local: true },
  deadlineMs: Infinity,
  metadata: () => undefined,
  cancelled: () => false,
  signal: SIGNAL,
};
const GRANT = { client: '', unlimited: true, mayAsk: () => true };
const CALLER = { requestedBy: 'bench', api: 'bench' };

export interface Server {
  readonly cache: DecisionCache;
  readonly descriptor: PolicySetDescriptor;
  /** What a CheckRequest asks. */
  question(message: Uint8Array<ArrayBuffer>): Question;
  /** An encoded CheckRequest, at a moment of the wall clock. */
  check(message: Uint8Array<ArrayBuffer>, atMs: number, noCache?: boolean): Decision | Promise<Decision>;
  ask(input: InputView, atMs: number, noCache?: boolean): Decision | Promise<Decision>;
}

/** A server without its sockets and logs: Envoy's service, the engine, the cache with its default bounds, and the policies. */
export async function createServer(policies: Policies, entrypoint: string, keying: Keying): Promise<Server> {
  const [module] = policies.modules;
  const data = parseJson(policies.dataJson) as JsonObject;
  const descriptor: PolicySetDescriptor = {
    ...policies,
    ...((keying === 'derived' || keying === 'off') && {
      footprints: footprintsOf(readPlan(module!.plan!), data),
    }),
  };
  let wallMs = 0;
  const clock = { wallMs: () => wallMs, monotonicMs: () => systemClock.monotonicMs() };
  const cache = new DecisionCache({
    enabled: true,
    maxBytes: 64 << 20,
    maxEntries: 100_000,
    maxAgeMs: 3_600_000,
  });
  const evaluators = { builtins: BUILTINS, clock: systemClock };
  const plane = new DataPlane([policies.name], (each) => createLocalEvaluator(each, evaluators), cache);
  await (await plane.stage(unprepared(descriptor))).activate();
  const engine = new Engine(plane, [], clock);
  const parts = {
    decider: engine,
    authorize: () => GRANT,
    clock,
    policySets: [policies.name],
    inputLimits: LIMITS,
    maxDeadlineMs: Infinity,
    extAuthz: {
      policySet: policies.name,
      entrypoint,
      choices: {},
      dryRun: false,
      onError: 'deny',
      errorStatus: 503,
      identityHeaders: [],
      ambiguousPaths: 'deny',
      parseBody: true,
      grpc: undefined,
    },
  } as const;
  const questions = new CheckQuestions(parts);
  const off = keying === 'off';
  const decide = (question: Question, atMs: number): Decision | Promise<Decision> => {
    wallMs = atMs;
    return engine.decide(question, Infinity);
  };
  const questionOf = (message: Uint8Array<ArrayBuffer>): Question => questions.ask(GRANT, message, CALL);
  return {
    cache,
    descriptor,
    question: questionOf,
    check(message, atMs, noCache = off) {
      const question = questionOf(message);
      const input = keying === 'subset' ? bySubset(question.input) : question.input;
      const { policySet, entrypoint: asked, caller, verify } = question;
      return decide({ policySet, entrypoint: asked, caller, verify: verify!, input, noCache }, atMs);
    },
    ask: (input, atMs, noCache = off) =>
      decide({ policySet: policies.name, entrypoint, input, noCache, caller: CALLER }, atMs),
  };
}
