// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import type { Transferable } from 'node:worker_threads';
import { type ErrorCode, PortcullisError, toPortcullisError } from '../../errors.ts';

/** What one side offers the other, by name: each takes one argument. */
type Calls = object;
type Handler = (argument: unknown) => unknown;
type Argument<T extends Calls, K extends keyof T> = T[K] extends (argument: infer A) => unknown ? A : never;
type Answer<T extends Calls, K extends keyof T> = T[K] extends (argument: never) => infer R
  ? Awaited<R>
  : never;

/** One end of a connection between two threads. */
interface Port {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
}

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Of what caused it. */
  readonly cause: string | undefined;
}

type Message =
  | { readonly kind: 'call'; readonly name: string; readonly id: number; readonly argument: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure };

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: PortcullisError) => void;
}

/** The id of calls that nobody waits for. */
const NOBODY = 0;

/** Calls in both directions between two threads. They arrive in the order in which they were made. */
export class Conversation<Theirs extends Calls> {
  readonly #port: Port;
  readonly #mine: Readonly<Record<string, Handler>>;
  readonly #pending = new Map<number, Pending>();
  #lastId = NOBODY;
  #ended: PortcullisError | undefined;

  /** `mine` is what the other side may call. What comes by the port is to be given to `receive`. */
  constructor(port: Port, mine: Calls) {
    this.#port = port;
    this.#mine = mine as Readonly<Record<string, Handler>>;
  }

  /** Calls the other side; resolves with its answer. Rejects with its PortcullisError, and when the conversation is ended. */
  ask<K extends keyof Theirs & string>(
    name: K,
    argument: Argument<Theirs, K>,
    transfer?: readonly Transferable[],
  ): Promise<Answer<Theirs, K>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage({ kind: 'call', name, id, argument } satisfies Message, transfer);
    }) as Promise<Answer<Theirs, K>>;
  }

  /** The same without waiting. */
  tell<K extends keyof Theirs & string>(name: K, argument: Argument<Theirs, K>): void {
    if (this.#ended !== undefined) return;
    this.#port.postMessage({ kind: 'call', name, id: NOBODY, argument } satisfies Message);
  }

  /** The other side is gone: what it has not answered fails. */
  end(error: PortcullisError): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  /** What came by the port. */
  receive(message: Message): void {
    if (this.#ended !== undefined) return;
    if (message.kind === 'call') {
      void this.#answer(message.name, message.id, message.argument);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'answer') pending?.resolve(message.answer);
    else pending?.reject(errorOf(message.failure));
  }

  async #answer(name: string, id: number, argument: unknown): Promise<void> {
    let message: Message;
    try {
      // In the turn in which it came, so that calls are begun in their order.
      const answer = this.#mine[name]!(argument);
      message = { kind: 'answer', id, answer: answer instanceof Promise ? await answer : answer };
    } catch (thrown) {
      message = { kind: 'failure', id, failure: failureOf(thrown) };
    }
    if (id !== NOBODY && this.#ended === undefined) this.#port.postMessage(message);
  }
}

function failureOf(thrown: unknown): Failure {
  const { code, message, cause } = toPortcullisError(thrown);
  return { code, message, cause: cause instanceof Error ? (cause.stack ?? cause.message) : undefined };
}

function errorOf({ code, message, cause }: Failure): PortcullisError {
  return new PortcullisError(code, message, cause === undefined ? {} : { cause: new Error(cause) });
}
