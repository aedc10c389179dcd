/**
 * A synchronous call from a worker thread to the main thread. Builtins are synchronous, input and output is not: the
 * worker sleeps (`Atomics.wait`) while the main thread does the work. Payloads and replies are anything that
 * structured clone takes.
 *
 * One call at a time. The worker's end is plain data, to be handed over with its port in the transfer list.
 */
// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type ErrorCode, PortcullisError, toPortcullisError } from '../../errors.ts';

/** What the worker is given. */
export interface BlockingEnd {
  readonly port: MessagePort;
  /** One Int32, counted up with each message to the worker. */
  readonly signal: SharedArrayBuffer;
}

/**
 * Does the work of a call, in the main thread. `signal` aborts when nobody waits for the reply any longer: the
 * deadline passed, or the worker was ended. A rejection is thrown at the caller, with its code and message.
 */
export type BlockingHandler = (payload: unknown, signal: AbortSignal) => Promise<unknown>;

interface Call {
  readonly id: number;
  readonly payload: unknown;
  /** From now on; no limit when Infinity. */
  readonly timeoutMs: number;
}

type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: { readonly code: ErrorCode; readonly message: string } };

/** The worker's side. */
export class BlockingCaller {
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  #lastId = 0;

  constructor(end: BlockingEnd) {
    this.#port = end.port;
    this.#signal = new Int32Array(end.signal);
  }

  /**
   * Blocks the thread until the reply is there.
   * @param timeoutMs how long to wait, in milliseconds; Infinity for as long as it takes
   * @throws PortcullisError `deadline_exceeded` when it takes longer, or what the handler rejected with
   */
  call(payload: unknown, timeoutMs: number): unknown {
    const id = ++this.#lastId;
    const endMs = performance.now() + timeoutMs;
    this.#port.postMessage({ id, payload, timeoutMs } satisfies Call);
    for (;;) {
      // Before looking: a message that comes after the look changes it, and the wait returns at once.
      const seen = Atomics.load(this.#signal, 0);
      const reply = this.#replyTo(id);
      if (reply !== undefined) {
        if ('value' in reply) return reply.value;
        throw new PortcullisError(reply.failure.code, reply.failure.message);
      }
      const remainingMs = endMs - performance.now();
      if (remainingMs <= 0 || Atomics.wait(this.#signal, 0, seen, remainingMs) === 'timed-out') {
        throw new PortcullisError('deadline_exceeded', 'the deadline passed while a builtin waited');
      }
    }
  }

  /** Replies to calls that were given up are dropped. */
  #replyTo(id: number): Reply | undefined {
    for (;;) {
      const received: { message: Reply } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined || received.message.id === id) return received?.message;
    }
  }
}

/** The main thread's side. It does not keep the process alive. */
export class BlockingServer {
  /** For the worker: `workerData: { end }, transferList: [end.port]`. */
  readonly end: BlockingEnd;
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  readonly #handle: BlockingHandler;
  readonly #closing = new AbortController();

  constructor(handle: BlockingHandler) {
    const { port1, port2 } = new MessageChannel();
    const signal = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.end = { port: port2, signal };
    this.#port = port1;
    this.#signal = new Int32Array(signal);
    this.#handle = handle;
    this.#port.on('message', (call: Call) => void this.#answer(call));
    this.#port.unref();
  }

  /** The worker is gone: aborts what is under way. */
  close(): void {
    this.#closing.abort();
    this.#port.close();
  }

  async #answer({ id, payload, timeoutMs }: Call): Promise<void> {
    const deadline = new AbortController();
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => deadline.abort(), Math.max(0, timeoutMs))
      : undefined;
    const reply = await this.#replyOf(id, payload, AbortSignal.any([this.#closing.signal, deadline.signal]));
    clearTimeout(timer);
    if (this.#closing.signal.aborted) return;
    this.#port.postMessage(reply);
    Atomics.add(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }

  async #replyOf(id: number, payload: unknown, signal: AbortSignal): Promise<Reply> {
    try {
      return { id, value: await this.#handle(payload, signal) };
    } catch (thrown) {
      const { code, message } = toPortcullisError(thrown, 'evaluation_failed');
      return { id, failure: { code, message } };
    }
  }
}
