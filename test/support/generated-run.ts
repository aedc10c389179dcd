/** Generated policies asked of three judges: our WASM evaluator, our plan evaluator, and the real OPA. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledPolicies, compilePolicies } from '../../src/authoring/compile-policies.ts';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import type { ManifestFinding } from '../../src/bundle/bundle.ts';
import { systemClock } from '../../src/clock.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import type { Evaluator } from '../../src/policy/evaluator.ts';
import { listFindings } from '../../src/policy/plan/findings/list-findings.ts';
import { createPlanEvaluator } from '../../src/policy/plan/plan-evaluator.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { type OpaAnswer, startOpaProcess } from './opa-process.ts';
import { type PlantedFault, traced, withFault } from './planted-faults.ts';
import { DATA, type GeneratedPolicy } from './rego-generator.ts';
import { askThoroughly } from './thorough-opa.ts';

/** A value as JSON text (undefined where there is none), the code of a failure, or that the time was over. */
export type Answer = OpaAnswer;

/** What the judges say of one policy on one input. */
export interface Verdict {
  readonly policy: GeneratedPolicy;
  readonly input: JsonValue | undefined;
  readonly module: Answer;
  readonly plan: Answer;
  readonly opa: Answer;
  /** Where the plan fails of a conflict and OPA has a value: what OPA says when it leaves nothing out of its evaluation. */
  readonly thorough: Answer | undefined;
  /** Of the policy, in its plan. */
  readonly findings: readonly ManifestFinding[];
  /** What the plan evaluator answers with a fault in it, by the fault's name. */
  readonly faulty: ReadonlyMap<string, Answer>;
}

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** What the compiler said of those that it refused, by name: the generator knows less of types than the compiler. */
  readonly refused: ReadonlyMap<string, string>;
}

/** What the plan evaluator calls. */
const ALL_BUILTINS: ReadonlyMap<string, Builtin> = new Map([...NATIVE_BUILTINS, ...BUILTINS]);

/** What one evaluation may take. */
const MAX_EVALUATION_MS = 2_000;

/** Compiles all policies together, leaving out what the compiler refuses, and asks each for all of its inputs. */
export async function judge(
  generated: readonly GeneratedPolicy[],
  faults: readonly PlantedFault[] = [],
): Promise<Judgement> {
  const refused = await refusals(generated);
  const policies = generated.filter(({ name }) => !refused.has(name));
  if (policies.length === 0) return { verdicts: [], refused };
  const compiled = await compile(policies);
  if (compiled instanceof PortcullisError) {
    // What is wrong is said of no file here.
    if (policies.length === 1)
      return { verdicts: [], refused: refused.set(policies[0]!.name, compiled.message) };
    const middle = policies.length >> 1;
    const halves = [
      await judge(policies.slice(0, middle), faults),
      await judge(policies.slice(middle), faults),
    ];
    for (const half of halves) for (const [name, message] of half.refused) refused.set(name, message);
    return { verdicts: halves.flatMap(({ verdicts }) => verdicts), refused };
  }
  return { verdicts: await ask(policies, compiled, faults), refused };
}

async function compile(policies: readonly GeneratedPolicy[]): Promise<CompiledPolicies | PortcullisError> {
  const rego = policies.map(({ name, rego: text }) => {
    const path = `${name}.rego`;
    return { path, file: path, bytes: Buffer.from(text) };
  });
  try {
    const sources = { rego, tests: [], data: [], vectors: [], manifest: undefined };
    return await compilePolicies(sources, policies.map(entrypointOf));
  } catch (error) {
    if (error instanceof PortcullisError && error.code === 'build_failed') return error;
    throw error;
  }
}

async function ask(
  policies: readonly GeneratedPolicy[],
  { module: wasmModule, plan: planJson }: CompiledPolicies,
  faults: readonly PlantedFault[],
): Promise<Verdict[]> {
  const findings = Map.groupBy(listFindings(planJson, DATA as JsonObject), ({ entrypoint }) => entrypoint);
  const module = await compileModule('generated', wasmModule, new Set(BUILTINS.keys()));
  const descriptor = {
    name: 'generated',
    modules: [{ ...module, plan: planJson }],
    dataJson: Buffer.from(JSON.stringify(DATA)),
    entrypoints: policies.map(entrypointOf),
    defaultEntrypoint: undefined,
    policyDigest: module.digest,
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
  const wasm = await createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  const plan = createPlanEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  const planted = faults.map((fault) => {
    const builtins = withFault(ALL_BUILTINS, fault);
    const evaluator = createPlanEvaluator(descriptor, { builtins, clock: systemClock });
    return { name: fault.name, evaluator: traced(evaluator, fault) };
  });
  const opa = await startOpaProcess({
    ...Object.fromEntries(policies.map(({ name, rego }) => [`${name}.rego`, rego])),
    'data.json': JSON.stringify(DATA),
  });
  try {
    const verdicts: Verdict[] = [];
    for (const policy of policies) {
      const entrypoint = entrypointOf(policy);
      const inputs = policy.inputs.map((input) => (input === undefined ? undefined : JSON.stringify(input)));
      const ofOpa = await Promise.all(inputs.map((json) => opa.ask(entrypoint, json, MAX_EVALUATION_MS)));
      for (const [i, input] of policy.inputs.entries()) {
        const ofPlan = evaluate(plan, entrypoint, inputs[i]);
        verdicts.push({
          policy,
          input,
          module: evaluate(wasm, entrypoint, inputs[i]),
          plan: ofPlan,
          opa: ofOpa[i]!,
          thorough:
            isConflict(ofPlan) && 'json' in ofOpa[i]! ? await askThoroughly(policy, inputs[i]) : undefined,
          findings: findings.get(entrypoint) ?? [],
          faulty: new Map(
            planted.map(({ name, evaluator }) => [name, evaluate(evaluator, entrypoint, inputs[i])]),
          ),
        });
      }
    }
    return verdicts;
  } finally {
    wasm.close();
    plan.close();
    await opa.close();
  }
}

function entrypointOf({ name }: GeneratedPolicy): string {
  return `${name}/out`;
}

/** Asked again without those that are refused: a stage of the compiler is not reached while an earlier one complains. */
export async function refusals(policies: readonly GeneratedPolicy[]): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-generated-'));
  const fileOf = (name: string): string => join(folder, `${name}.rego`);
  try {
    for (const { name, rego } of policies) await writeFile(fileOf(name), rego);
    for (;;) {
      const { exitCode, stderr } = await runOpa(['check', '--max-errors=100000', folder]);
      if (exitCode === 0 || refused.size === policies.length) return refused;
      // Some complaints name no file.
      const found = [...stderr.matchAll(/(?:\/|data\.)(g\d+)(?:\.rego:\d+: |\.)(.*)/g)];
      if (found.length === 0) {
        const left = policies.filter(({ name }) => !refused.has(name));
        for (const [name, message] of await refusalsOfHalves(left, stderr)) refused.set(name, message);
        return refused;
      }
      for (const [, name, message] of found) {
        await rm(fileOf(name!), { force: true });
        refused.set(name!, message!);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the compiler says nothing of the place, it is asked of fewer policies. */
async function refusalsOfHalves(
  policies: readonly GeneratedPolicy[],
  complaint: string,
): Promise<ReadonlyMap<string, string>> {
  if (policies.length === 1) return new Map([[policies[0]!.name, complaint]]);
  const middle = policies.length >> 1;
  const first = await refusals(policies.slice(0, middle));
  return new Map([...first, ...(await refusals(policies.slice(middle)))]);
}

/** Of the plan evaluator or the module. */
export function isConflict(answer: Answer): boolean {
  return 'error' in answer && answer.error.startsWith('evaluation_conflict');
}

function evaluate(
  evaluator: Pick<Evaluator, 'evaluate'>,
  entrypoint: string,
  inputJson: string | undefined,
): Answer {
  try {
    const time = { wallMs: 0, deadlineMs: systemClock.monotonicMs() + MAX_EVALUATION_MS };
    const bytes = inputJson === undefined ? undefined : Buffer.from(inputJson);
    const evaluation = evaluator.evaluate(entrypoint, bytes, time);
    if (evaluation instanceof Promise) throw new TypeError('an evaluator that answers at once is expected');
    return { json: evaluation.json };
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return error.code === 'deadline_exceeded'
      ? { tooLong: true }
      : { error: `${error.code}: ${error.message}` };
  }
}
