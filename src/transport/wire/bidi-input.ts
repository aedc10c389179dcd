/** The request messages of a bidirectional stream, as its handler asks for them. */
import type { Buffer } from 'node:buffer';
import { GRPC_STATUS, PortcullisError } from '../../errors.ts';
import { PIECE_BYTES, unpinned } from '../pieces.ts';
import type { WireCall } from './call.ts';
import type { CallInput } from './call-input.ts';
import { type MessageFault, MessageReader } from './grpc/message-reader.ts';
import { inflated, inflatedBytes } from './inflating.ts';

export class BidiInput implements CallInput {
  readonly #call: WireCall;
  readonly #reader: MessageReader;
  /** What the handler has not asked for yet. Bytes, not messages: many small ones would cost many times their bytes. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Of the message that the handler works on. */
  #takenBytes = 0;
  #ended = false;
  #stopped = false;
  /** Wakes the handler, when it waits. */
  #wake: (() => void) | undefined;

  constructor(call: WireCall) {
    this.#call = call;
    this.#reader = new MessageReader(call.connection.scope.limits.maxMessageBytes);
  }

  data(bytes: Buffer, start: number, end: number): void {
    const piece = unpinned(bytes.subarray(start, end));
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#count();
    this.#wakeUp();
  }

  end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  stop(): void {
    this.#stopped = true;
    this.#pieces = [];
    this.#wakeUp();
  }

  /** Each message when it is asked for; ends with the request. Throws `cancelled` when the caller goes away. */
  async *messages(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const message = this.#stopped ? undefined : this.#take();
      if (this.#stopped) throw new PortcullisError('cancelled', 'The caller went away while sending.');
      if (message !== undefined) {
        const { compressed } = this.#reader;
        const { maxMessageBytes } = this.#call.connection.scope.limits;
        this.#takenBytes = compressed ? inflatedBytes(message, maxMessageBytes) : message.length;
        this.#count();
        yield compressed ? await inflated(this.#call, message) : message;
        this.#takenBytes = 0;
        this.#count();
      } else if (!this.#ended) await this.#more();
      else if (this.#reader.unfinished) throw this.#refuse('cut-off');
      else return;
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#count();
      this.#call.connection.wake();
    });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Counts what is held, and lets the client send as much as the handler has taken. */
  #count(): void {
    if (this.#stopped) return;
    const held = this.#bytes + this.#pieces.length * PIECE_BYTES + this.#reader.heldBytes + this.#takenBytes;
    this.#call.hold(held);
    if (!this.#ended && this.#call.receiving) this.#call.refill(this.#bytes);
  }

  /** Answers in the handler's place, which learns only that there is no more to read. */
  #refuse(fault: MessageFault | 'cut-off'): PortcullisError {
    const { RESOURCE_EXHAUSTED, INTERNAL } = GRPC_STATUS;
    if (fault === 'oversized') this.#call.refuseWith(RESOURCE_EXHAUSTED, 'A message is too long.');
    else if (fault === 'cut-off') this.#call.refuseWith(INTERNAL, 'The request is cut off.');
    else this.#call.refuseWith(INTERNAL, 'A flag of a message is neither 0 nor 1.');
    return new PortcullisError('cancelled', 'The request could not be read.');
  }

  /** The next whole message. */
  #take(): Buffer | undefined {
    const reader = this.#reader;
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const read = reader.read(piece, 0, piece.length);
      this.#bytes -= read;
      if (read < piece.length) this.#pieces[0] = piece.subarray(read);
      else this.#pieces.shift();
      if (reader.fault !== undefined) throw this.#refuse(reader.fault);
      if (reader.message !== undefined) return reader.message;
    }
    return undefined;
  }
}
