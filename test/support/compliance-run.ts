/** Runs compiled compliance cases on the WASM evaluator and judges the outcome. */
import { systemClock } from '../../src/clock.ts';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { compareValues, equalValues, sortedElements } from '../../src/policy/builtins/compare.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import type { Evaluator } from '../../src/policy/evaluator.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import { toJson } from '../../src/policy/codec.ts';
import { compileModule } from '../../src/policy/wasm/compile.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import type { ComplianceCase } from './compliance-cases.ts';
import { CAPTURE, type CaseModule, SLEEP } from './compliance-module.ts';

export interface Outcome {
  readonly one: ComplianceCase;
  /** Why it failed; undefined when it passed. */
  readonly failure: string | undefined;
  /** Builtins that it called and the host does not offer; the outcome then says nothing. */
  readonly missing: readonly string[];
}

/** Evaluates every case of the module. */
export async function runCases(compiled: CaseModule): Promise<Outcome[]> {
  const captured: RegoValue[] = [];
  const missing = new Set<string>();
  const builtins = new Map<string, Builtin>([
    ...compiled.opaBuiltins.map((name): [string, Builtin] => [
      name,
      testBuiltin(name, () => missing.add(name)),
    ]),
    ...BUILTINS,
    [CAPTURE, testBuiltin(CAPTURE, (value) => captured.push(value))],
    // What cases wait for is that the clock of an evaluation stands still, which it does without waiting.
    [SLEEP, testBuiltin(SLEEP, () => {})],
  ]);
  const module = await compileModule('cases', compiled.bytes, new Set(builtins.keys()));
  const evaluator = await createWasmEvaluator(
    {
      name: 'cases',
      modules: [module],
      dataJson: Buffer.from(compiled.dataText),
      entrypoints: [...compiled.entrypoints.values()],
      defaultEntrypoint: undefined,
      policyDigest: module.digest,
      dataDigest: '',
      revisions: {},
      activatedAtMs: 0,
    },
    { builtins, clock: systemClock },
  );
  try {
    return Array.from(compiled.entrypoints, ([one, entrypoint]) => {
      captured.length = 0;
      missing.clear();
      const failure = judge(one, solve(evaluator, entrypoint, one), captured);
      return { one, failure, missing: [...missing] };
    });
  } finally {
    evaluator.close();
  }
}

function testBuiltin(name: string, act: (value: RegoValue) => void): Builtin {
  return {
    name,
    effects: [],
    call: (_context, value) => {
      act(value);
      return true;
    },
  };
}

/** The error's message when the evaluation failed. */
function solve(evaluator: Evaluator, entrypoint: string, one: ComplianceCase): string | undefined {
  try {
    const input = one.input === undefined ? undefined : Buffer.from(regoText(one.input));
    void evaluator.evaluate(entrypoint, input, {
      wallMs: systemClock.wallMs(),
      deadlineMs: systemClock.monotonicMs() + 60_000,
    });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function judge(
  one: ComplianceCase,
  error: string | undefined,
  solutions: readonly RegoValue[],
): string | undefined {
  if (one.wantDefined === undefined && one.wantResult === undefined && !one.strictError) {
    return error === undefined ? `expected an error, got ${show(solutions)}` : undefined;
  }
  if (error !== undefined) return `unexpected error: ${error}`;
  if (one.wantDefined !== undefined) {
    return solutions.length > 0 === one.wantDefined ? undefined : `expected defined = ${one.wantDefined}`;
  }
  const want = bindingsOf(one.wantResult ?? [], one.sortBindings);
  const got = bindingsOf(solutions as readonly ReadonlyMap<RegoValue, RegoValue>[], one.sortBindings);
  return equalValues(want, got) ? undefined : `expected ${regoText(want)}, got ${regoText(got)}`;
}

/** As a set, since the order of solutions does not count; sets in them as sorted arrays, as OPA writes them in JSON. */
function bindingsOf(
  solutions: readonly ReadonlyMap<RegoValue, RegoValue>[],
  sortBindings: boolean,
): Set<RegoValue> {
  return new Set(
    solutions.map(
      (bindings) =>
        new Map(
          Array.from(bindings, ([name, value]): [RegoValue, RegoValue] => {
            const plain = toJsonShape(value);
            return [name, sortBindings && Array.isArray(plain) ? plain.sort(compareValues) : plain];
          }),
        ),
    ),
  );
}

function toJsonShape(value: RegoValue): RegoValue {
  if (Array.isArray(value)) return value.map(toJsonShape);
  if (value instanceof Set) return sortedElements(value).map(toJsonShape);
  if (!(value instanceof Map)) return value;
  return new Map(
    Array.from(value, ([key, member]) => [
      typeof key === 'string' ? key : JSON.stringify(toJson(key)),
      toJsonShape(member),
    ]),
  );
}

function show(solutions: readonly RegoValue[]): string {
  return solutions.length === 0 ? 'no solution' : regoText([...solutions]);
}
