/** Calls `http.send` and `net.lookup_ip_addr` as an evaluation does, against a real broker. */
// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { networkSchema } from '../../src/config/network.ts';
import { decodeRego, encodeRego } from '../../src/policy/codec.ts';
import type { NetworkRequest } from '../../src/policy/network/access.ts';
import { type BrokerOptions, NetworkBroker } from '../../src/policy/network/broker.ts';
import { type ListedHost } from '../../src/policy/network/host-rules.ts';
import { BlockingServer } from '../../src/policy/threads/blocking-channel.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { CallOutcome, Calls } from './network-thread.ts';

/** A broker by the configuration as an operator writes it; `hosts` may bring the contents of files. */
export function brokerOf(
  network: Record<string, unknown>,
  options: Partial<BrokerOptions> & { readonly files?: Record<string, Partial<ListedHost>> } = {},
): NetworkBroker {
  const { hosts, maxTimeout, ...limits } = networkSchema.parse(network);
  return new NetworkBroker({
    ...limits,
    maxTimeoutMs: maxTimeout,
    hosts: Object.entries(hosts).map(([name, host]) => Object.assign({ name }, host, options.files?.[name])),
    ...options,
  });
}

export interface NetworkCaller {
  /** One call in an evaluation of its own. The value is decoded. */
  call(builtin: string, operand: RegoValue, wallMs?: number): Promise<RegoValue | { error: string }>;
  /** Several calls in one evaluation. */
  evaluate(
    calls: readonly (readonly [builtin: string, operand: RegoValue])[],
    wallMs?: number,
  ): Promise<CallOutcome[]>;
}

/** Starts a thread that calls builtins; it ends with the test. */
export function networkCaller(
  t: TestContext,
  broker: NetworkBroker,
  policySet: string = 'test',
): NetworkCaller {
  const handler = broker.forPolicySet(policySet);
  const server = new BlockingServer((request, signal) => handler.handle(request as NetworkRequest, signal));
  const worker = new Worker(new URL('./network-thread.ts', import.meta.url), {
    workerData: server.end,
    transferList: [server.end.port],
  });
  t.after(async () => {
    server.close();
    await worker.terminate();
  });
  const evaluate: NetworkCaller['evaluate'] = async (calls, wallMs = Date.now()) => {
    const message: Calls = {
      wallMs,
      calls: calls.map(([builtin, operand]) => ({ builtin, operand: encodeRego(operand) })),
    };
    const answer = once(worker, 'message') as Promise<[CallOutcome[]]>;
    worker.postMessage(message);
    return (await answer)[0];
  };
  return {
    evaluate,
    call: async (builtin, operand, wallMs) => {
      const [outcome] = await evaluate([[builtin, operand]], wallMs);
      return 'value' in outcome! ? decodeRego(outcome.value) : { error: outcome!.error };
    },
  };
}
