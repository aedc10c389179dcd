/** The transport in a process of its own, so that what it holds can be told from what its attackers hold. Speaks to its parent. */
import process from 'node:process';
import type { GrpcLimits } from '../../src/transport/transport.ts';
import { testMethods } from './server.ts';
import { createTransport } from './subject.ts';

declare const gc: () => void;

let handled = 0;
const failures: string[] = [];
process.on('uncaughtException', (error) => failures.push(`uncaught: ${error.stack}`));
process.on('unhandledRejection', (reason) => failures.push(`unhandled: ${String(reason)}`));

const limits = JSON.parse(process.argv[2] ?? '{}') as Partial<GrpcLimits>;
const methods = testMethods((call) => {
  handled++;
  return call === undefined
    ? Promise.resolve()
    : new Promise((resolve) => call.signal.addEventListener('abort', () => resolve()));
});
const transport = createTransport(
  {
    address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    limits,
    onError: (error) => failures.push(`onError: ${error.stack}`),
  },
  methods,
);
const address = await transport.listen();
process.on('message', () => {
  // What sockets have read is free one turn later.
  gc();
  setImmediate(() => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.({ heldBytes: heapUsed + external, handled, failures: [...new Set(failures.splice(0))] });
  });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ address });
