/** Calls builtins that wait, in a thread of their own: what `network-caller.ts` starts. */
// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import { parentPort, workerData } from 'node:worker_threads';
import { BuiltinError } from '../../src/policy/builtins/builtin.ts';
import { decodeRego, encodeRego } from '../../src/policy/codec.ts';
import type { NetworkReply } from '../../src/policy/network/access.ts';
import { NETWORK_BUILTINS } from '../../src/policy/network/builtins.ts';
import { BlockingCaller, type BlockingEnd } from '../../src/policy/threads/blocking-channel.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import { contextAt } from './builtin-context.ts';

/** Calls of one evaluation: operands as Rego text. */
export interface Calls {
  readonly wallMs: number;
  readonly calls: readonly { readonly builtin: string; readonly operand: string }[];
}

/** What a call came to. The value is Rego text. */
export type CallOutcome = { readonly value: string } | { readonly error: string; readonly halt: boolean };

const caller = new BlockingCaller(workerData as BlockingEnd);

parentPort?.on('message', ({ wallMs, calls }: Calls) => {
  const context = {
    ...contextAt(wallMs),
    network: { call: (request: unknown) => caller.call(request, 30_000) as NetworkReply },
  };
  parentPort?.postMessage(
    calls.map(({ builtin, operand }): CallOutcome => {
      try {
        const value = NETWORK_BUILTINS.get(builtin)!.call(context, decodeRego(operand)) as RegoValue;
        return { value: encodeRego(value) };
      } catch (error) {
        if (error instanceof BuiltinError) return { error: error.message, halt: error.halt };
        throw error;
      }
    }),
  );
});
