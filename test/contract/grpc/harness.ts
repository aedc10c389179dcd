/** What every part of the contract starts from: a server on a free port of loopback, closed after the test. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import type { Address } from '../../../src/config/address.ts';
import type { PortcullisError } from '../../../src/errors.ts';
import type { BidiHandler, Peer, RpcMethod, ServerStreamHandler, UnaryHandler } from '../../../src/rpc.ts';
import type {
  CreateGrpcTransport,
  GrpcTransport,
  GrpcTransportOptions,
} from '../../../src/transport/transport.ts';
import { RawClient } from './raw-client.ts';

/** The transport under test. */
export interface Subject {
  readonly name: string;
  readonly create: CreateGrpcTransport;
  /** Headers that it writes between HTTP/2 and gRPC; a client's own are as if it had sent none. */
  readonly ownHeaders: readonly string[];
  /** Whether it keeps the pieces in which a message arrives, each at a cost beside its bytes. */
  readonly keepsPieces: boolean;
}

export const PATH = '/contract.Test/Method';
export const LOOPBACK: Address = { kind: 'tcp', host: '127.0.0.1', port: 0 };

export interface Served {
  readonly address: Address;
  readonly transport: GrpcTransport;
  /** What `onError` was told. */
  readonly errors: PortcullisError[];
  connect(tls?: ConnectionOptions): Promise<RawClient>;
}

export function unary(handler: UnaryHandler, path: string = PATH): RpcMethod {
  return { path, kind: 'unary', handler };
}

export function serverStream(handler: ServerStreamHandler, path: string = PATH): RpcMethod {
  return { path, kind: 'server-stream', handler };
}

export function bidi(handler: BidiHandler, path: string = PATH): RpcMethod {
  return { path, kind: 'bidi', handler };
}

export const echo: RpcMethod = unary((request) => request, '/contract.Test/Echo');

/** A method that answers with who called it. */
export const whoami: RpcMethod = unary((_, call) => Buffer.from(JSON.stringify(call.peer)));

export async function askPeer(client: RawClient): Promise<Peer> {
  const { status, messages } = await client.call(PATH, '');
  assert.equal(status, 0);
  return JSON.parse(String(messages[0])) as Peer;
}

export async function serve(
  t: TestContext,
  subject: Subject,
  methods: readonly RpcMethod[],
  options: Partial<GrpcTransportOptions> = {},
): Promise<Served> {
  const errors: PortcullisError[] = [];
  const transport = subject.create(
    { address: LOOPBACK, onError: (error) => errors.push(error), ...options },
    methods,
  );
  const clients: RawClient[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await transport.drain(0);
  });
  const address = await transport.listen();
  return {
    address,
    transport,
    errors,
    connect: async (tls) => {
      const client = await RawClient.connect(address, tls);
      clients.push(client);
      return client;
    },
  };
}

/** A folder that goes away after the test; short, for Unix sockets. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pc-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A promise and the function that fulfils it. */
export function gate<T = void>(): { readonly opened: Promise<T>; readonly open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { opened: promise, open: resolve };
}

/** Waits for what happens without telling; the test runner's own limit ends a wait in vain. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
