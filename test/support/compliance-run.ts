/** Runs compiled compliance cases on both evaluators and on the npm package. */
import { systemClock } from '../../src/clock.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { decodeRego, encodeRego } from '../../src/policy/codec.ts';
import type { ModuleDescriptor, PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluator } from '../../src/policy/evaluator.ts';
import type { NetworkAccess } from '../../src/policy/network/access.ts';
import { planFindings } from '../../src/policy/plan/findings/plan-findings.ts';
import { createPlanEvaluator } from '../../src/policy/plan/plan-evaluator.ts';
import { readPlan } from '../../src/policy/plan/read-plan.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import type { ComplianceCase } from './compliance-cases.ts';
import type { Answer } from './compliance-judge.ts';
import { CAPTURE, type CaseEntrypoint, type CompiledCases, opaBuiltins, SLEEP } from './compliance-module.ts';
import { npmAnswers } from './compliance-npm.ts';

export const EVALUATORS = ['wasm', 'plan', 'npm'] as const;
export type EvaluatorName = (typeof EVALUATORS)[number];

export interface CaseAnswers extends Readonly<Record<EvaluatorName, Answer>> {
  /** Its plan shows that the module may answer otherwise than OPA. */
  readonly foundInPlan: boolean;
}

/** Every case of the compilation, by all evaluators. */
export async function answersOf(compiled: CompiledCases): Promise<ReadonlyMap<ComplianceCase, CaseAnswers>> {
  const probe = await createProbe();
  const module = await compileModule('cases', compiled.wasm, new Set(probe.builtins.keys()));
  const descriptor = descriptorOf(compiled, module);
  const options = { builtins: probe.builtins, clock: systemClock, network: LOCALHOST };
  const wasm = await createWasmEvaluator(descriptor, options);
  const plan = createPlanEvaluator(descriptor, options);
  try {
    const findings = planFindings(readPlan(compiled.plan), decodeRego(compiled.dataText));
    const npm = await npmAnswers(compiled, module);
    const answers = new Map<ComplianceCase, CaseAnswers>();
    for (const [one, entrypoint] of compiled.entrypoints) {
      answers.set(one, {
        wasm: { ...(await probe.ask(wasm, one, entrypoint)), builtinErrors: undefined },
        plan: await probe.ask(plan, one, entrypoint),
        npm: npm.get(one)!,
        foundInPlan: findings.has(entrypoint.path),
      });
    }
    return answers;
  } finally {
    wasm.close();
    plan.close();
  }
}

function descriptorOf(compiled: CompiledCases, module: ModuleDescriptor): PolicySetDescriptor {
  return {
    name: 'cases',
    modules: [{ ...module, plan: compiled.plan }],
    dataJson: Buffer.from(compiled.dataText),
    entrypoints: Array.from(compiled.entrypoints.values(), ({ path }) => path),
    defaultEntrypoint: undefined,
    policyDigest: module.digest,
    dataDigest: '',
    revisions: {},
    activatedAtMs: 0,
  };
}

/** The only name that a case looks up; no case sends a request. */
export const LOCALHOST: NetworkAccess = {
  call: (request) =>
    request.kind === 'lookup' && request.name === 'localhost'
      ? { kind: 'lookup', addresses: ['127.0.0.1'] }
      : { kind: 'failure', reason: 'refused', message: 'no case needs it' },
};

interface Probe {
  readonly builtins: ReadonlyMap<string, Builtin>;
  ask(evaluator: Evaluator, one: ComplianceCase, entrypoint: CaseEntrypoint): Promise<Answer>;
}

/** The builtins, with those that the cases need, and one question at a time with what it leaves behind. */
async function createProbe(): Promise<Probe> {
  const captured: ReadonlyMap<RegoValue, RegoValue>[] = [];
  const missing = new Set<string>();
  const builtins = new Map<string, Builtin>([
    ...(await opaBuiltins()).map((name): [string, Builtin] => [
      name,
      testBuiltin(name, () => missing.add(name)),
    ]),
    ...NATIVE_BUILTINS,
    ...BUILTINS,
    [CAPTURE, testBuiltin(CAPTURE, (value) => captured.push(value as ReadonlyMap<RegoValue, RegoValue>))],
    // What cases wait for is that the clock of an evaluation stands still, which it does without waiting.
    [SLEEP, testBuiltin(SLEEP, () => {})],
  ]);
  return {
    builtins,
    async ask(evaluator, one, entrypoint) {
      captured.length = 0;
      missing.clear();
      let error: Answer['error'];
      let builtinErrors: readonly string[] = [];
      try {
        const input = one.input === undefined ? undefined : Buffer.from(encodeRego(one.input));
        const evaluation = await evaluator.evaluate(entrypoint.path, input, {
          wallMs: systemClock.wallMs(),
          deadlineMs: systemClock.monotonicMs() + 60_000,
        });
        ({ builtinErrors } = evaluation);
        if (entrypoint.variable !== undefined && evaluation.json !== undefined) {
          captured.push(new Map([[entrypoint.variable, decodeRego(evaluation.json)]]));
        }
      } catch (thrown) {
        error = errorOf(thrown);
      }
      return { solutions: [...captured], error, builtinErrors, missing: [...missing], losesSets: false };
    },
  };
}

export function testBuiltin(name: string, act: (value: RegoValue) => void): Builtin {
  return {
    name,
    effects: [],
    call: (_context, value) => {
      act(value);
      return true;
    },
  };
}

/** A defect that is no answer of an evaluator's ends the run. */
function errorOf(thrown: unknown): Answer['error'] {
  if (!(thrown instanceof PortcullisError)) throw thrown;
  return { message: thrown.message, conflict: thrown.code === 'evaluation_conflict' };
}
