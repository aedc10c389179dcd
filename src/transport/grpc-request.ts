/** One request: whose it is, and what it holds in memory from its first byte to its end. */
import { randomUUID } from 'node:crypto';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { GRPC_STATUS } from '../errors.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { MessageMeter } from './message-meter.ts';
import { unpinned } from './pieces.ts';
import type { Holder, RequestAccounts } from './request-accounts.ts';

/** What a stream costs before its first byte, beside its headers: measured with 20,000 silent ones. */
const STREAM_BYTES = 10_240;

export class GrpcRequest implements Holder {
  /** By which it is found when grpc-js hands it over. */
  readonly id: string = randomUUID();
  readonly connection: GrpcConnection;
  /** When it began, on the monotonic clock. */
  readonly startMs: number;
  heldBytes = 0;
  /** Until the client has sent all of it, or it was refused. */
  arriving = false;
  /** Until its handler begins or the server answers in its place. */
  #unanswered = true;
  #isOversized = false;
  readonly #stream: ServerHttp2Stream;
  readonly #accounts: RequestAccounts;
  readonly #meter: MessageMeter;
  /** The answer to a message that is too long; without it that is grpc-js's, an error. */
  readonly #oversized: (() => Uint8Array | Promise<Uint8Array>) | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headerBytes: number,
    connection: GrpcConnection,
    startMs: number,
    accounts: RequestAccounts,
    maxMessageBytes: number,
    oversized?: () => Uint8Array | Promise<Uint8Array>,
  ) {
    this.#stream = stream;
    this.connection = connection;
    this.startMs = startMs;
    this.#accounts = accounts;
    this.#meter = new MessageMeter(maxMessageBytes);
    this.#oversized = oversized;
    this.#watchBytes();
    stream.once('close', () => this.#end());
    // It arrives only now, so that it is not refused before grpc-js has seen it.
    accounts.add(connection.account, this, STREAM_BYTES + headerBytes);
    this.arriving = true;
  }

  /** Its handler has begun with a message of this many bytes, which is all that is held from now on. */
  begun(messageBytes: number): void {
    this.#unanswered = false;
    this.#release(this.heldBytes - messageBytes);
  }

  /** Whether it has a status already: what comes of it afterwards is no handler's. */
  get answered(): boolean {
    return this.#stream.headersSent;
  }

  /** The handler of a bidi stream is done with the oldest message. */
  taken(): void {
    this.#release(this.#meter.taken());
  }

  /**
   * Of a stream that has closed: whether the caller gave it up before anybody here had anything to say about it. It was reset, its
   * deadline passed, or it ended before its message did, which is what Node's clients do before they reset a stream. Of the last two
   * grpc-js tells nothing but the status that it has sent. The stream of a deadline closes when the client ends or resets it, and
   * otherwise when its time for a request is over.
   */
  abandoned(): boolean {
    if (!this.#unanswered) return false;
    if (this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return true;
    const status = Number(this.#stream.sentHeaders?.['grpc-status']);
    return (
      status === GRPC_STATUS.DEADLINE_EXCEEDED ||
      (status === GRPC_STATUS.UNIMPLEMENTED && !this.#meter.hasMessage)
    );
  }

  /** Refuses it for want of memory. */
  refuse(): void {
    this.answer(GRPC_STATUS.RESOURCE_EXHAUSTED, 'The server holds too many bytes of requests; call again.');
  }

  /** Ends it with a status of the transport's own; resets it when its handler has begun to answer. */
  answer(status: number, message: string): void {
    // The status of a deadline that has passed stays the answer.
    if (!this.answered) this.#unanswered = false;
    this.#end();
    // While HTTP/2 reads it does not write: the reset would overtake the answer.
    setImmediate(() => this.#close(status, message));
  }

  async #answerOversized(answer: () => Uint8Array | Promise<Uint8Array>): Promise<void> {
    this.#unanswered = false;
    this.#isOversized = true;
    this.#end();
    const message = await answer();
    const stream = this.#stream;
    if (stream.closed || stream.destroyed || stream.headersSent) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    const sendTrailers = stream.sendTrailers.bind(stream);
    // For grpc-js the call is open still: its deadline may pass now, and a second answer would throw.
    Object.assign(stream, { respond: () => {}, sendTrailers: () => {} });
    stream.once('wantTrailers', () => {
      sendTrailers({ 'grpc-status': '0' });
      // The client need not send the rest.
      setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
    });
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.byteLength, 1);
    stream.end(Buffer.concat([prefix, message]));
  }

  #close(status: number, message: string): void {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return;
    if (!stream.headersSent) {
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc+proto',
          'grpc-status': String(status),
          'grpc-message': message,
        },
        { endStream: true },
      );
    }
    stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #end(): void {
    this.arriving = false;
    this.#release(this.heldBytes);
  }

  #release(bytes: number): void {
    if (bytes > 0) this.#accounts.remove(this.connection.account, this, bytes);
  }

  /** Sees bytes as Node pushes them: a stream that nobody reads holds them too. */
  #watchBytes(): void {
    const stream = this.#stream;
    const push = stream.push.bind(stream);
    stream.push = (piece: Buffer | null, encoding) => {
      // grpc-js would answer a request that ends without a message.
      if (this.#isOversized) return false;
      if (piece === null) {
        this.arriving = false;
        return push(null);
      }
      // What was refused goes nowhere.
      if (!this.arriving) return false;
      this.#accounts.add(this.connection.account, this, this.#meter.read(piece));
      if (this.#meter.oversized && this.#oversized !== undefined) {
        this.#answerOversized(this.#oversized).catch(() =>
          this.answer(GRPC_STATUS.INTERNAL, 'The answer to a message that is too long could not be sent.'),
        );
      }
      return this.arriving ? push(unpinned(piece), encoding) : false;
    };
  }
}
