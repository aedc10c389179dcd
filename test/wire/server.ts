/** The transport under test on a free port of loopback, with methods that every test knows. */
import type { TestContext } from 'node:test';
import type { Address } from '../../src/config/address.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { CallContext, RpcMethod } from '../../src/rpc.ts';
import type { GrpcTransport, GrpcTransportOptions } from '../../src/transport/transport.ts';
import { type ClientOptions, WireClient } from './raw-client.ts';
import { createTransport } from './subject.ts';

export const ECHO = '/wire.Test/Echo';
/** Answers with as many bytes as the request says in decimal. */
export const BYTES = '/wire.Test/Bytes';
/** Streams as many messages as the request says, of so many bytes each: `3 x 1000`. */
export const STREAM = '/wire.Test/Stream';
/** Answers when it is let go, or never. */
export const HANG = '/wire.Test/Hang';
/** Fails with the message that it is sent. */
export const FAIL = '/wire.Test/Fail';
/** Answers with the request header that the message names, or `-`. */
export const HEADER = '/wire.Test/Header';

const MOST_BYTES = 4 * 1024 * 1024;

export interface Harness {
  readonly address: Address;
  readonly transport: GrpcTransport;
  /** What `onError` was told. */
  readonly errors: PortcullisError[];
  /** Calls of HANG that have begun, in order. */
  readonly hanging: CallContext[];
  /** How many requests any handler has seen. */
  handled: number;
  /** Lets all calls of HANG go. */
  release(): void;
  connect(options?: ClientOptions): Promise<WireClient>;
}

export async function startWire(
  t: TestContext,
  options: Partial<GrpcTransportOptions> = {},
): Promise<Harness> {
  const errors: PortcullisError[] = [];
  const released = Promise.withResolvers<void>();
  const methods = testMethods((call) => {
    harness.handled++;
    if (call === undefined) return Promise.resolve();
    harness.hanging.push(call);
    return Promise.race([
      released.promise,
      new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve())),
    ]);
  });
  const transport = createTransport(
    {
      address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      onError: (error) => errors.push(error),
      ...options,
    },
    methods,
  );
  const clients: WireClient[] = [];
  t.after(async () => {
    released.resolve();
    for (const client of clients) client.close();
    await transport.drain(0);
  });
  const harness: Harness = {
    address: await transport.listen(),
    transport,
    errors,
    hanging: [],
    handled: 0,
    release: () => released.resolve(),
    connect: async (clientOptions) => {
      const client = await WireClient.connect(harness.address, clientOptions);
      clients.push(client);
      return client;
    },
  };
  return harness;
}

/** The methods above; `begun` is told of each call, with its context where the call waits to be let go. */
export function testMethods(begun: (call?: CallContext) => Promise<void>): readonly RpcMethod[] {
  const unary = (path: string, answer: (text: string, call: CallContext) => Uint8Array): RpcMethod => ({
    path,
    kind: 'unary',
    handler: (request, call) => {
      void begun();
      return answer(Buffer.from(request).toString(), call);
    },
  });
  return [
    {
      path: ECHO,
      kind: 'unary',
      handler: (request) => {
        void begun();
        // A copy: what a handler is given need not outlive it.
        return Uint8Array.from(request);
      },
    },
    unary(BYTES, (text) => Buffer.alloc(Math.min(Number(text) || 0, MOST_BYTES), 'abcdefg')),
    unary(HEADER, (text, call) => Buffer.from(call.metadata(text) ?? '-')),
    unary(FAIL, (text) => {
      throw new PortcullisError('invalid_request', text);
    }),
    {
      path: HANG,
      kind: 'unary',
      handler: async (request, call) => {
        const answer = Uint8Array.from(request);
        await begun(call);
        return answer;
      },
    },
    {
      path: STREAM,
      kind: 'server-stream',
      handler: async function* (request) {
        const [count, bytes] = Buffer.from(request).toString().split(' x ').map(Number);
        void begun();
        for (let index = 0; index < Math.min(count || 0, 10_000); index++)
          yield Buffer.alloc(Math.min(bytes || 0, MOST_BYTES), String(index % 10));
      },
    },
  ];
}
