/** One call: what a handler knows of it, and where it stands between its first frame and its last. */
import type { Buffer } from 'node:buffer';
import { GRPC_STATUS, PortcullisError } from '../../errors.ts';
import type { CallContext, Peer, UnreadCalls } from '../../rpc.ts';
import type { Holder } from '../request-accounts.ts';
import { OK_TRAILERS } from './answer-fields.ts';
import { STREAM_BYTES, STREAM_WINDOW_BYTES } from './bounds.ts';
import type { CallInput } from './call-input.ts';
import type { WireConnection } from './connection.ts';
import type { Expiring } from './deadlines.ts';
import { CODE } from './frames.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import type { PreparedFields } from './hpack/prepared-fields.ts';
import type { RequestHead } from './request-head.ts';
import type { Slow } from './slow-calls.ts';
import type { Waiting } from './turns.ts';

const NOTHING: readonly string[] = [];

export class WireCall implements CallContext, Holder, Expiring, Slow, Waiting {
  readonly connection: WireConnection;
  readonly id: number;
  readonly head: RequestHead;
  readonly peer: Peer;
  readonly deadlineMs: number;
  readonly #block: HeaderBlock;
  /** What the client lets us send (RFC 9113, 5.2), and what we let it send. */
  sendWindow: number;
  receiveWindow: number;
  /** The client has sent all of its request. */
  remoteEnded = false;
  /** A handler has begun, or something was answered in its place. */
  begun = false;
  /** Its message, while it waits for its turn to begin: taken by its handler, or by whoever ends it without. */
  waiting: Buffer | undefined = undefined;
  /** How it ends has been decided; perhaps not all of it is sent. */
  answered = false;
  /** Nothing more is sent or read. */
  closed = false;
  headersSent = false;
  /** The rest of the message that is being sent, and what is to follow it. */
  unsent: Uint8Array | undefined = undefined;
  trailers: PreparedFields | undefined = undefined;
  endsWithData = false;
  /** What collects a request that does not come in one piece. */
  input: CallInput | undefined = undefined;
  bodyBytes = 0;
  heldBytes = 0;
  deadlineSlot = -1;
  slowSinceMs = -1;
  /** Ends what a streaming handler is waiting for. */
  onStop: (() => void) | undefined = undefined;
  #onSent: (() => void) | undefined = undefined;
  #gone = false;
  #controller: AbortController | undefined = undefined;

  constructor(
    connection: WireConnection,
    id: number,
    head: RequestHead,
    block: HeaderBlock,
    sendWindow: number,
    receiveWindow: number,
    nowMs: number,
  ) {
    this.connection = connection;
    this.id = id;
    this.head = head;
    this.#block = block;
    this.peer = connection.peer;
    this.deadlineMs = nowMs + head.timeoutMs;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /** Whether the client still has something of its request to send. */
  get receiving(): boolean {
    return !this.remoteEnded && !this.answered;
  }

  /**
   * For the accounts: whether it can be refused. What a handler works on is answered, if the client takes the answer; but not
   * what a stream has sent beyond that, or others would pay for it.
   */
  get arriving(): boolean {
    return (
      this.receiving ||
      this.waiting !== undefined ||
      this.unsent !== undefined ||
      (this.input?.untaken === true && !this.answered)
    );
  }

  /** Who is to be told when it ends without its handler; undefined when that has begun, or wants to know nothing. */
  get unread(): UnreadCalls | undefined {
    const { method } = this.head;
    return !this.begun && method?.kind === 'unary' ? method.unread : undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  cancelled(): boolean {
    return this.#gone;
  }

  metadata(name: string): string | undefined {
    const { names, values } = this.#block;
    if (name.startsWith(':')) return undefined;
    // The one field that is no list (RFC 9113, 8.2.3).
    const between = name === 'cookie' ? '; ' : ', ';
    let found: string | undefined;
    for (let at = 0; at < names.length; at++)
      if (names[at] === name) found = found === undefined ? values[at] : found + between + values[at];
    return found;
  }

  /** Sends the answer of a unary handler, unless it is too late for that. */
  succeed(message: Uint8Array): void {
    if (this.answered || this.closed) return;
    if (this.late()) this.fail(new PortcullisError('deadline_exceeded', 'The answer came too late.'));
    else {
      this.answered = true;
      this.connection.sending.answer(this, message);
      if (!this.closed) this.waitsForClient();
    }
  }

  /** Sends the status for what a handler has thrown; whatever was unexpected is reported also when nobody waits. */
  fail(thrown: unknown): void {
    const { code, details } = this.connection.scope.status(thrown);
    this.refuseWith(code, details);
  }

  /** Ends it with a status of the transport's own. */
  refuseWith(status: number, message: string): void {
    if (this.answered || this.closed) return;
    this.begun = true;
    this.answered = true;
    this.connection.sending.status(this, status, message, NOTHING);
  }

  get #headerBytes(): number {
    return this.#block.oversized ? 0 : this.#block.sizeBytes;
  }

  /** What it holds in memory from now on, beside what a call with its headers costs. May refuse it. */
  hold(bytes: number): void {
    if (this.closed) return;
    const { account } = this.connection.holdings;
    const { accounts } = this.connection.scope;
    const more = STREAM_BYTES + this.#headerBytes + bytes - this.heldBytes;
    if (more > 0) accounts.add(account, this, more);
    else accounts.remove(account, this, -more);
  }

  /** Its handler has not answered at once: so many bytes are held until it has, and its deadline is watched. */
  pending(bytes: number): void {
    this.hold(bytes);
    this.watch();
  }

  /** Its answer is not sent at once: the client has to make room for it, in the time that it has for a request. */
  waitsForClient(): void {
    this.hold(this.unsent?.length ?? 0);
    const { slow, clock } = this.connection.scope;
    if (!this.closed) slow.add(this, clock.monotonicMs());
  }

  /** It is not over with the read that it came in. */
  watch(): void {
    if (this.heldBytes === 0) this.hold(0);
    const finite = this.deadlineMs !== Number.POSITIVE_INFINITY;
    if (finite && this.deadlineSlot < 0 && !this.answered) this.connection.scope.deadlines.add(this);
  }

  /** Lets the client send on, as far as the window of a stream goes beyond the bytes that nobody has taken. */
  refill(untakenBytes: number): void {
    const bytes = STREAM_WINDOW_BYTES - untakenBytes - this.receiveWindow;
    if (bytes < STREAM_WINDOW_BYTES / 2 || !this.receiving) return;
    this.receiveWindow += bytes;
    this.connection.sending.windowUpdate(this.id, bytes);
  }

  /** Ends an answer of several messages. */
  finish(): void {
    if (this.answered || this.closed) return;
    this.answered = true;
    this.connection.sending.end(this, OK_TRAILERS);
  }

  /** Resolves when nothing waits to be sent, or never will be. */
  whenSent(): Promise<void> {
    if (this.unsent === undefined || this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onSent = resolve;
    });
  }

  /** What is left to send of the message, from `Sending`. */
  sent(rest: Uint8Array | undefined): void {
    this.unsent = rest;
    if (rest !== undefined) return;
    this.#onSent?.();
    this.#onSent = undefined;
  }

  /** For want of memory; asked by the accounts. */
  refuse(): void {
    const { RESOURCE_EXHAUSTED } = GRPC_STATUS;
    const { unread, waiting } = this;
    this.stop();
    if (this.unsent === undefined) {
      this.refuseWith(RESOURCE_EXHAUSTED, 'The server holds too many bytes of requests; call again.');
      if (waiting !== undefined) this.tell(unread, waiting);
    } else {
      const message = 'The server holds too many bytes of answers that are not taken.';
      this.answered = true;
      this.connection.holdings.takesNoAnswers = true;
      this.connection.sending.status(this, RESOURCE_EXHAUSTED, message, NOTHING);
    }
    this.connection.wake();
  }

  /** The deadline has passed. */
  expire(): void {
    const { unread, waiting } = this;
    this.stop();
    this.fail(new PortcullisError('deadline_exceeded', 'The deadline has passed.'));
    this.tell(unread, waiting);
    this.connection.wake();
  }

  /** The server ends it, with this status if it is not answered. */
  cut(thrown: PortcullisError): void {
    const { unread, waiting } = this;
    this.stop();
    this.fail(thrown);
    if (waiting !== undefined) this.tell(unread, waiting);
  }

  /**
   * Tells who was to be told (`unread`, before it ended) that it has ended without its handler. `message` is what waited for its
   * turn. Never throws, since timers and other connections' calls come here too.
   */
  tell(unread: UnreadCalls | undefined, message: Buffer | undefined): void {
    try {
      unread?.abandoned(this, message);
    } catch (error) {
      this.connection.failFor(error);
    }
  }

  /** The client has taken too long: to send its request, or to take the answer. */
  giveUp(): void {
    if (this.answered) this.connection.reset(this, CODE.CANCEL);
    else this.refuseWith(GRPC_STATUS.DEADLINE_EXCEEDED, 'The request took too long to arrive.');
    this.connection.wake();
  }

  /** Nobody waits for the answer any more: tells the handler, wherever it waits. */
  stop(): void {
    if (!this.answered) {
      this.#gone = true;
      this.#controller?.abort();
    }
    this.#wake();
  }

  /** The last frame is written, or none will be. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.answered = true;
    this.#wake();
    this.connection.onClosed(this);
  }

  #wake(): void {
    this.#onSent?.();
    this.#onSent = undefined;
    this.onStop?.();
    this.onStop = undefined;
  }

  /** Whether its deadline has passed. */
  late(): boolean {
    return (
      this.deadlineMs !== Number.POSITIVE_INFINITY &&
      this.connection.scope.clock.monotonicMs() >= this.deadlineMs
    );
  }
}
