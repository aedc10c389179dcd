/** The one request message of a unary or server-streaming call. */
import { GRPC_STATUS } from '../../errors.ts';
import { unpinned } from '../pieces.ts';
import type { WireCall } from './call.ts';
import type { CallInput } from './call-input.ts';
import { isOneWholeMessage, MessageReader, PREFIX_BYTES } from './grpc/message-reader.ts';
import { answerOversized, beginCall, beginCompressed } from './handlers.ts';
import { inflatedBytes } from './inflating.ts';

/** A request that comes in pieces: counted as it comes, put together as it comes. */
class UnaryInput implements CallInput {
  /** What has come whole is the call's. */
  readonly untaken = false;
  readonly #call: WireCall;
  readonly #reader: MessageReader;
  #message: Buffer | undefined;
  #compressed = false;

  constructor(call: WireCall) {
    this.#call = call;
    this.#reader = new MessageReader(call.connection.scope.limits.maxMessageBytes);
  }

  data(bytes: Buffer, start: number, end: number): void {
    // Of a message that is too long the rest is let go.
    if (this.#call.begun) return;
    const reader = this.#reader;
    for (let at = start; at < end; ) {
      at = reader.read(bytes, at, end);
      if (reader.fault !== undefined) {
        this.#refuse();
        return;
      }
      if (reader.message !== undefined || (this.#message !== undefined && reader.unfinished)) {
        if (this.#message !== undefined) {
          this.#call.refuseWith(GRPC_STATUS.UNIMPLEMENTED, 'The request has more than one message.');
          return;
        }
        this.#message = reader.message && unpinned(reader.message);
        this.#compressed = reader.compressed;
      }
    }
    this.#call.hold(this.#heldBytes());
    if (this.#call.receiving) this.#call.refill(0);
  }

  end(): void {
    const call = this.#call;
    const message = this.#message;
    if (call.begun) return;
    if (this.#reader.unfinished) giveUp(call, GRPC_STATUS.INTERNAL, 'The request is cut off.');
    else if (message === undefined) giveUp(call, GRPC_STATUS.UNIMPLEMENTED, 'The request has no message.');
    else if (this.#compressed) beginCompressed(call, message);
    else beginCall(call, message);
  }

  stop(): void {
    this.#message = undefined;
  }

  #refuse(): void {
    if (this.#reader.fault === 'oversized') answerOversized(this.#call);
    else this.#call.refuseWith(GRPC_STATUS.INTERNAL, 'A flag of a message is neither 0 nor 1.');
  }

  /** A compressed message counts as soon as it is whole for what it may be inflated to, since it is inflated at once. */
  #heldBytes(): number {
    if (this.#message === undefined) return this.#reader.heldBytes;
    const { maxMessageBytes } = this.#call.connection.scope.limits;
    return this.#compressed ? inflatedBytes(this.#message, maxMessageBytes) : this.#message.length;
  }
}

/**
 * The request ends before its message does. That is what a client does that takes a call back: Node's, and so grpc-js, end the
 * stream before they reset it.
 */
function giveUp(call: WireCall, status: number, message: string): void {
  const { unread } = call;
  call.stop();
  call.refuseWith(status, message);
  call.tell(unread, undefined);
}

/** What takes the request of this call in: made when it is first needed. */
export function inputOf(call: WireCall): CallInput {
  call.input ??= new UnaryInput(call);
  return call.input;
}

/** The whole body of a request, from `start` to `end`: nearly always one message, which needs no reader. */
export function takeWhole(call: WireCall, bytes: Buffer, start: number, end: number): void {
  const { maxMessageBytes } = call.connection.scope.limits;
  if (isOneWholeMessage(bytes, start, end) && end - start - PREFIX_BYTES <= maxMessageBytes) {
    beginCall(call, bytes.subarray(start + PREFIX_BYTES, end));
    return;
  }
  const input = inputOf(call);
  input.data(bytes, start, end);
  if (!call.begun) input.end();
}
