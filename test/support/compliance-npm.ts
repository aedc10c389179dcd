/** The compliance cases on the npm package `@open-policy-agent/opa-wasm`, as favourably to it as can be. */
import * as opaWasm from '@open-policy-agent/opa-wasm';
import { encodeRego } from '../../src/policy/codec.ts';
import type { ModuleDescriptor } from '../../src/policy/descriptor.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { ComplianceCase } from './compliance-cases.ts';
import type { Answer } from './compliance-judge.ts';
import { CAPTURE, type CaseEntrypoint, type CompiledCases, SLEEP } from './compliance-module.ts';

/** Beyond what the module asks for: OPA's minimum leaves out its last data segment. */
const HEADROOM_PAGES = 16;

/**
 * Answers for each case. Data and input are handed over as JSON bytes, which keeps numbers and falsy inputs; after a throw
 * comes a new instance, since one that was thrown through is not as before.
 */
export async function npmAnswers(
  compiled: CompiledCases,
  descriptor: ModuleDescriptor,
): Promise<ReadonlyMap<ComplianceCase, Answer>> {
  let captured: ReadonlyMap<RegoValue, RegoValue>[] = [];
  const load = async (): Promise<opaWasm.LoadedPolicy> => {
    const policy = await opaWasm.loadPolicy(
      // As OPA built it: the descriptor's module is metered and repaired for our host.
      new Uint8Array(compiled.wasm).buffer,
      { initial: descriptor.memoryPages.minimum + HEADROOM_PAGES },
      {
        [CAPTURE]: (value: unknown) => {
          captured.push(toRego(value) as ReadonlyMap<RegoValue, RegoValue>);
          return true;
        },
        [SLEEP]: () => true,
      },
    );
    policy.setData(bytesOf(compiled.dataText));
    return policy;
  };
  let policy = await load();
  const answer = async (one: ComplianceCase, entrypoint: CaseEntrypoint): Promise<Answer> => {
    captured = [];
    try {
      const input = one.input === undefined ? undefined : bytesOf(encodeRego(one.input));
      const [result] = policy.evaluate(input, entrypoint.path) as { result: unknown }[];
      if (entrypoint.variable !== undefined && result !== undefined) {
        captured.push(new Map([[entrypoint.variable, toRego(result.result)]]));
      }
      return answerOf(captured, undefined);
    } catch (thrown) {
      policy = await load();
      return answerOf([], textOf(thrown));
    }
  };
  const answers = new Map<ComplianceCase, Answer>();
  for (const [one, entrypoint] of compiled.entrypoints) answers.set(one, await answer(one, entrypoint));
  return answers;
}

function answerOf(solutions: Answer['solutions'], message: string | undefined): Answer {
  const missing = /^not implemented: built-in function \d+: (.*)$/.exec(message ?? '')?.[1];
  return {
    solutions,
    error:
      message === undefined
        ? undefined
        : { message, conflict: /(?:var assignment|object insert) conflict$/.test(message) },
    builtinErrors: undefined,
    missing: missing === undefined ? [] : [missing],
    losesSets: true,
  };
}

/** It throws strings, objects with a message, and errors. */
function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : (thrown as { message: string }).message;
}

function bytesOf(json: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(json)).buffer;
}

function toRego(value: unknown): RegoValue {
  if (Array.isArray(value)) return value.map(toRego);
  if (typeof value !== 'object' || value === null) return value as RegoValue;
  return new Map(Object.entries(value).map(([key, member]) => [key, toRego(member)]));
}
