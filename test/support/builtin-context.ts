import { type Builtin, type BuiltinContext, BuiltinError } from '../../src/policy/builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import type { RegoValue } from '../../src/policy/value.ts';

/** What one evaluation's builtins left behind. */
export interface RecordingContext extends BuiltinContext {
  /** The narrowest span that was reported: [from, until), milliseconds. */
  span: [fromMs: number, untilMs: number];
  readonly printed: string[];
}

/** The context of one evaluation at a wall-clock time; random bytes count up from 0. */
export function contextAt(wallMs: number): RecordingContext {
  let random = 0;
  const context: RecordingContext = {
    nowNs: BigInt(wallMs) * 1_000_000n,
    policyNowNs: () => context.nowNs,
    span: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    printed: [],
    narrow: (fromMs, untilMs) => {
      context.span = [Math.max(context.span[0], fromMs), Math.min(context.span[1], untilMs)];
    },
    randomBytes: (size) => Uint8Array.from({ length: size }, () => random++ & 0xff),
    memo: new Map(),
    runtime: new Map(),
    print: (message) => void context.printed.push(message),
  };
  return context;
}

function builtin(name: string): Builtin {
  const found = BUILTINS.get(name) ?? NATIVE_BUILTINS.get(name);
  if (found === undefined) throw new Error(`no builtin ${name}`);
  return found;
}

/** Calls a builtin by name; its error's message where it errs. */
export function outcomeOf(
  name: string,
  args: readonly RegoValue[],
  context: BuiltinContext = contextAt(0),
): RegoValue | { error: string; halt: boolean } | undefined {
  try {
    return builtin(name).call(context, ...args);
  } catch (error) {
    if (error instanceof BuiltinError) return { error: error.message, halt: error.halt };
    throw error;
  }
}
