/** An attack: a server in a process of its own, somebody who attacks it, and somebody who goes on asking meanwhile. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Address } from '../../src/config/address.ts';
import type { GrpcLimits } from '../../src/transport/transport.ts';
import { type ClientOptions, WireClient } from './raw-client.ts';
import { call } from './requests.ts';
import { ECHO } from './server.ts';

interface Report {
  readonly heldBytes: number;
  readonly handled: number;
  readonly failures: readonly string[];
}

/** How long a server may leave a socket unread before a flood gives up on it. */
const STALL_MS = 1500;

export class Attacked {
  readonly address: Address;
  readonly #child: ChildProcess;
  readonly #clients: WireClient[] = [];

  private constructor(address: Address, child: ChildProcess) {
    this.address = address;
    this.#child = child;
  }

  static async start(t: TestContext, limits: Partial<GrpcLimits> = {}): Promise<Attacked> {
    const child = fork(join(import.meta.dirname, 'attacked-process.ts'), [JSON.stringify(limits)], {
      execArgv: ['--expose-gc'],
    });
    const [{ address }] = (await once(child, 'message')) as [{ address: Address }];
    const attacked = new Attacked(address, child);
    t.after(() => {
      for (const client of attacked.#clients) client.close();
      child.kill('SIGKILL');
    });
    return attacked;
  }

  async report(): Promise<Report> {
    this.#child.send('report');
    const [report] = (await once(this.#child, 'message')) as [Report];
    return report;
  }

  async connect(options?: ClientOptions): Promise<WireClient> {
    const client = await WireClient.connect(this.address, options);
    this.#clients.push(client);
    return client;
  }

  /**
   * Runs an attack while another connection asks one question after the other. None of these may fail, some must be answered
   * meanwhile, and what the server holds afterwards, the attackers still connected, has grown by no more than `maxBytes`.
   */
  async withstands(what: string, maxBytes: number, attack: () => Promise<void>): Promise<void> {
    const bystander = await this.connect();
    assert.equal((await call(bystander, ECHO, 'before')).grpcStatus, 0);
    const before = await this.report();
    const over = new AbortController();
    let answered = 0;
    const asking = (async () => {
      while (!over.signal.aborted || answered < 10) {
        const nonce = `bystander ${answered}`;
        const { grpcStatus, messages } = await call(bystander, ECHO, nonce);
        assert.deepEqual([grpcStatus, String(messages[0]?.bytes)], [0, nonce], what);
        answered++;
        bystander.frames.length = 0;
      }
    })();
    try {
      await attack();
    } finally {
      over.abort();
    }
    const after = await this.report();
    await asking;
    assert.deepEqual(after.failures, [], what);
    const grown = after.heldBytes - before.heldBytes;
    assert.ok(grown < maxBytes, `${what}: the server holds ${grown} bytes more, of ${maxBytes}`);
    bystander.close();
  }
}

/** Sends a chunk again and again, as fast as it is taken. Ends with the connection, and when nothing is taken any more. */
export async function flood(
  client: WireClient,
  chunk: (index: number) => Uint8Array,
  times: number,
): Promise<{ readonly sentBytes: number; readonly stalled: boolean }> {
  let sentBytes = 0;
  for (let index = 0; index < times && !client.ended && client.socket.writable; index++) {
    const bytes = chunk(index);
    sentBytes += bytes.length;
    if (client.socket.write(bytes)) {
      if (index % 16 === 0) await new Promise(setImmediate);
      continue;
    }
    const taken = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => taken.resolve(false), STALL_MS);
    const onTaken = (): void => taken.resolve(true);
    client.socket.once('drain', onTaken).once('close', onTaken);
    const stalled = !(await taken.promise);
    clearTimeout(timer);
    client.socket.off('drain', onTaken).off('close', onTaken);
    if (stalled) return { sentBytes, stalled };
  }
  return { sentBytes, stalled: false };
}

/** The same piece many times over. */
export const repeated = (piece: Uint8Array, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => piece));
