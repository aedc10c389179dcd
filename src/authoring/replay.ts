import { type Clock, systemClock } from '../clock.ts';
import { DecisionCache } from '../decision/cache.ts';
import { DataPlane } from '../decision/data-plane.ts';
import type { Decision, Question } from '../decision/decision.ts';
import { Engine } from '../decision/engine.ts';
import { jsonBytesView, NO_INPUT_VIEW } from '../decision/json-view.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { footprintsOf } from '../policy/plan/footprint/footprints-of.ts';
import { planOf } from '../policy/plan/plan-of.ts';
import { unprepared } from '../policy/prepared.ts';
import type { DecisionVector } from '../policy/vector-format.ts';
import { failedVector, judgeVector } from '../policy/vectors.ts';
import { compileModule } from '../policy/wasm/compile.ts';
import { createWasmEvaluator } from '../policy/wasm/evaluator.ts';
import type { BuiltBundle } from './build.ts';

const NAME = 'tested';
const TIMEOUT_MS = 10_000;
const CACHE = { enabled: true, maxBytes: 64 * 1024 * 1024, maxEntries: 100_000, maxAgeMs: Infinity };
const LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 1000 };

export interface Replay {
  /** One line for each wrong answer. */
  readonly failures: readonly string[];
  /** How many answers came from the cache. */
  readonly fromCache: number;
}

/**
 * Asks a bundle's vectors on the engine that will answer in earnest: once uncached from the whole input, once filling the
 * cache from the parts of it that the plan reads, and once backwards with the cache full, so that an answer that outlives
 * its validity, or comes from too little of the input, shows.
 */
export async function replayVectors({ bundle, vectors }: BuiltBundle): Promise<Replay> {
  const clock = new VectorClock();
  const plane = new DataPlane(
    [NAME],
    (descriptor) =>
      createWasmEvaluator(descriptor, { builtins: BUILTINS, clock, maxInputDepth: LIMITS.maxDepth + 1 }),
    new DecisionCache(CACHE),
  );
  const engine = new Engine(plane, [], clock);
  const failures = new Set<string>();
  let fromCache = 0;
  const ask = async (vector: DecisionVector, noCache: boolean): Promise<void> => {
    clock.vector = vector;
    const decision = await engine.decide(question(vector, noCache), clock.monotonicMs() + TIMEOUT_MS);
    const message = judge(vector, decision);
    // A wrong answer is told once; one that only the cache gives, or only a projected input, is told as such.
    if (message !== '' && !failures.has(message)) failures.add(`${message}${sourceOf(decision, noCache)}`);
    if (decision.cached) fromCache++;
  };
  try {
    const whole = await describe(bundle);
    await (await plane.stage(unprepared(whole))).activate();
    for (const vector of vectors) await ask(vector, true);
    const footprints = footprintsOf(planOf(bundle.plan!), bundle.data.document);
    await (await plane.stage(unprepared({ ...whole, footprints }))).activate();
    for (const vector of vectors) await ask(vector, false);
    for (const vector of vectors.toReversed()) await ask(vector, false);
  } finally {
    plane.close();
  }
  return { failures: [...failures], fromCache };
}

function sourceOf({ cached }: Decision, whole: boolean): string {
  if (cached) return ', from the cache';
  return whole ? '' : ', from the parts of the input that the plan reads';
}

/** The wall clock stands at the time of the vector that is being asked. */
class VectorClock implements Clock {
  vector: DecisionVector | undefined;
  wallMs(): number {
    return this.vector?.nowMs ?? systemClock.wallMs();
  }
  monotonicMs(): number {
    return systemClock.monotonicMs();
  }
}

function question({ entrypoint, inputJson }: DecisionVector, noCache: boolean): Question {
  const input = inputJson === undefined ? NO_INPUT_VIEW : jsonBytesView(inputJson, LIMITS);
  return { policySet: NAME, entrypoint, input, noCache, caller: { requestedBy: '', api: 'test' } };
}

function judge(vector: DecisionVector, { failure, json }: Decision): string {
  const result =
    failure === undefined
      ? judgeVector(vector, json)
      : failedVector(vector, undefined, `${failure.code} (${failure.message})`);
  return result.message;
}

async function describe(bundle: BuiltBundle['bundle']): Promise<PolicySetDescriptor> {
  const { module, data, manifest } = bundle;
  const compiled = await compileModule(NAME, module!.bytes, new Set(BUILTINS.keys()));
  return {
    name: NAME,
    modules: [compiled],
    dataJson: data.json,
    entrypoints: module!.entrypoints,
    defaultEntrypoint: module!.entrypoints[0],
    policyDigest: compiled.digest,
    dataDigest: '',
    revisions: { [NAME]: manifest.revision },
    activatedAtMs: 0,
  };
}
