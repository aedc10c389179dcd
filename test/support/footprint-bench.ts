/** Policies with what they are compiled to, to be asked from whole and from projected input and data. */
import assert from 'node:assert/strict';
import { type Clock, systemClock } from '../../src/clock.ts';
import { PortcullisError } from '../../src/errors.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { CanonicalText } from '../../src/json/canonical-text.ts';
import { parseJson } from '../../src/json/parse.ts';
import type { JsonObject } from '../../src/json/value.ts';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { encodeRego } from '../../src/policy/codec.ts';
import type { ModuleDescriptor, PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluation, Evaluator } from '../../src/policy/evaluator.ts';
import type { NetworkAccess } from '../../src/policy/network/access.ts';
import { footprintsOf } from '../../src/policy/plan/footprint/footprints-of.ts';
import type { Footprint } from '../../src/policy/plan/footprint.ts';
import { createPlanEvaluator } from '../../src/policy/plan/plan-evaluator.ts';
import { readPlan } from '../../src/policy/plan/read-plan.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { PlanOnData } from './footprint-data.ts';

export interface BenchSources {
  readonly plan: Uint8Array;
  /** Its bytes, or what they are compiled to. Undefined: only the plan is asked. */
  readonly wasm: Uint8Array | ModuleDescriptor | undefined;
  /** JSON. */
  readonly dataText: string;
  readonly entrypoints: readonly string[];
  /** Beside those of the host. */
  readonly builtins?: ReadonlyMap<string, Builtin>;
  readonly network?: NetworkAccess;
  /** What builtins of a test have seen since it was called last; part of what an evaluation says. */
  readonly seen?: () => string;
  /** In place of what the analysis finds. */
  readonly footprints?: ReadonlyMap<string, Footprint>;
}

/** What an evaluation says, as a text to compare; `too long` when its time was over. */
export type Told = string;

export const TOO_LONG: Told = 'too long';

export interface Bench {
  readonly footprints: ReadonlyMap<string, Footprint>;
  readonly data: JsonObject;
  ofPlan(entrypoint: string, input: Uint8Array | undefined, wallMs: number): Told;
  /** Undefined without a module. */
  ofModule(entrypoint: string, input: Uint8Array | undefined, wallMs: number): Told | undefined;
  /** By the plan, with only what the entrypoint's footprint shows of the base data, or what another one shows. */
  onProjectedData(
    entrypoint: string,
    input: Uint8Array | undefined,
    wallMs: number,
    footprint?: Footprint,
  ): Told;
  close(): void;
}

const MAX_EVALUATION_MS = 2_000;

/** Chance that is none: what an evaluation says then follows from what it can see. */
const sameBytes = (size: number): Uint8Array => new Uint8Array(size).fill(7);

/** Compiles the module, reads the plan, and finds the footprints. */
export async function createBench(sources: BenchSources, clock: Clock = systemClock): Promise<Bench> {
  const { plan, wasm, dataText, entrypoints, seen = () => '' } = sources;
  const builtins = new Map([...BUILTINS, ...(sources.builtins ?? [])]);
  let module: ModuleDescriptor;
  if (wasm === undefined) module = emptyModule(entrypoints);
  else if (!(wasm instanceof Uint8Array)) module = wasm;
  else module = await compileModule('footprints', wasm, new Set(builtins.keys()));
  const descriptor: PolicySetDescriptor = {
    name: 'footprints',
    modules: [{ ...module, plan }],
    dataJson: Buffer.from(dataText),
    entrypoints,
    defaultEntrypoint: undefined,
    policyDigest: module.digest,
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
  const options = {
    builtins,
    clock,
    randomBytes: sameBytes,
    ...(sources.network !== undefined && { network: sources.network }),
  };
  const planned = createPlanEvaluator(descriptor, options);
  const inModule = wasm === undefined ? undefined : await createWasmEvaluator(descriptor, options);
  const data = parseJson(dataText, { maxDepth: 1000 }) as JsonObject;
  const footprints = sources.footprints ?? footprintsBothWays(plan, data);
  const onData = new PlanOnData(descriptor, options, data);
  const told = (evaluate: (deadlineMs: number) => Evaluation | Promise<Evaluation>): Told => {
    seen();
    try {
      const evaluation = evaluate(clock.monotonicMs() + MAX_EVALUATION_MS);
      if (evaluation instanceof Promise) throw new TypeError('an evaluator that answers at once is expected');
      return textOf(evaluation, seen());
    } catch (thrown) {
      if (!(thrown instanceof PortcullisError)) throw thrown;
      return thrown.code === 'deadline_exceeded' ? TOO_LONG : `fails: ${thrown.code}`;
    }
  };
  const by = (
    evaluator: Evaluator,
    entrypoint: string,
    input: Uint8Array | undefined,
    wallMs: number,
  ): Told => told((deadlineMs) => evaluator.evaluate(entrypoint, input, { wallMs, deadlineMs }));
  return {
    footprints,
    data,
    ofPlan: (entrypoint, input, wallMs) => by(planned, entrypoint, input, wallMs),
    ofModule: (entrypoint, input, wallMs) =>
      inModule === undefined ? undefined : by(inModule, entrypoint, input, wallMs),
    onProjectedData: (entrypoint, input, wallMs, footprint = footprints.get(entrypoint)!) =>
      told((deadlineMs) => onData.evaluate(entrypoint, footprint.data, input, { wallMs, deadlineMs })),
    close: () => {
      planned.close();
      inModule?.close();
    },
  };
}

function textOf(evaluation: Evaluation, seen: string): Told {
  const { json, validFromMs, validUntilMs, effects, nonDeterministic } = evaluation;
  return [
    json ?? 'undefined',
    ...(validFromMs === Number.NEGATIVE_INFINITY && validUntilMs === Number.POSITIVE_INFINITY
      ? []
      : [`holds from ${validFromMs} until ${validUntilMs}`]),
    ...(effects.length > 0 ? [`used ${[...effects].sort().join(', ')}`] : []),
    ...(nonDeterministic === undefined ? [] : [`recorded ${JSON.stringify(nonDeterministic)}`]),
    ...(seen === '' ? [] : [`saw ${seen}`]),
  ].join('; ');
}

function emptyModule(entrypoints: readonly string[]): ModuleDescriptor {
  return {
    bundle: 'footprints',
    module: new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
    digest: '',
    memoryPages: { minimum: 0, maximum: undefined },
    entrypoints: Object.fromEntries(entrypoints.map((path, i) => [path, i])),
    builtins: {},
  };
}

/** For the builtins of a test: what they are called with, one text. */
export function collector(): {
  readonly add: (value: Parameters<typeof encodeRego>[0]) => void;
  readonly take: () => string;
} {
  let texts: string[] = [];
  return {
    add: (value) => texts.push(encodeRego(value)),
    take: () => {
      const [taken] = [texts.sort().join(' ')];
      texts = [];
      return taken;
    },
  };
}

/** Of the data as values and as text: they are the same. */
function footprintsBothWays(plan: Uint8Array, data: JsonObject): ReadonlyMap<string, Footprint> {
  const found = footprintsOf(readPlan(plan), data);
  const text = new CanonicalText(Buffer.from(canonicalJson(data)));
  assert.deepEqual(footprintsOf(readPlan(plan), text), found);
  return found;
}
