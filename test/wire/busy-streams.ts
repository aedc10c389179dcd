/** A server of streams whose messages take long, by its clock. */
import { PortcullisError } from '../../src/errors.ts';
import type { RpcMethod } from '../../src/rpc.ts';
import { type BareServer, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { request } from './requests.ts';

export const PATHS: Readonly<Record<'bidi' | 'taking' | 'giving', string>> = {
  bidi: '/wire.Test/Bidi',
  taking: '/wire.Test/Taking',
  giving: '/wire.Test/Giving',
};
export const MUCH = '/wire.Test/Much';
export const ECHO = '/wire.Test/Echo';

export interface Busy extends BareServer {
  /** What handlers have worked on, in order. */
  readonly worked: string[];
  /** How handlers of streams ended. */
  readonly ended: string[];
}

/** A server of streams that answer each message (bidi), none (taking), or one with many (giving), and of unary calls. */
export function busyServer(workMs: number): Busy {
  const worked: string[] = [];
  const ended: string[] = [];
  const work = (text: string): void => {
    worked.push(text);
    server.nowMs += workMs;
  };
  async function* told(messages: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let end = 'stopped';
    try {
      yield* messages;
      end = 'whole';
    } catch (error) {
      end = error instanceof PortcullisError ? error.code : 'thrown';
      throw error;
    } finally {
      ended.push(end);
    }
  }
  async function* worksOn(messages: AsyncIterable<Uint8Array>, answers: boolean): AsyncGenerator<Uint8Array> {
    for await (const message of messages) {
      work(Buffer.from(message).toString());
      if (answers) yield message;
    }
  }
  async function* giving(count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) {
      work(`g${index}`);
      yield Buffer.from(`g${index}`);
    }
  }
  const methods: RpcMethod[] = [
    { path: PATHS.bidi, kind: 'bidi', handler: (messages) => told(worksOn(messages, true)) },
    { path: PATHS.taking, kind: 'bidi', handler: (messages) => told(worksOn(messages, false)) },
    {
      path: PATHS.giving,
      kind: 'server-stream',
      handler: (message) => told(giving(Number(Buffer.from(message).toString()))),
    },
    {
      path: MUCH,
      kind: 'bidi',
      handler: async function* (messages) {
        for await (const _ of messages) yield* giving(100);
      },
    },
    {
      path: ECHO,
      kind: 'unary',
      handler: (message) => {
        work(Buffer.from(message).toString());
        return message;
      },
    },
  ];
  const server: Busy = Object.assign(bareServer(methods), { worked, ended });
  return server;
}

/** A stream with so many messages, `a0`, `a1` and so on; what it asks of a giving one is how many. */
export function stream(id: number, path: string, count: number, text = 'a', timeout?: string): Buffer {
  const messages = Array.from({ length: count }, (_, index) => h2.message(`${text}${index}`));
  const body = path === PATHS.giving ? h2.message(`${count}`) : Buffer.concat(messages);
  return request(id, path, body, timeout === undefined ? {} : { 'grpc-timeout': timeout });
}

export const names = (count: number, text = 'a'): string[] =>
  Array.from({ length: count }, (_, n) => `${text}${n}`);
