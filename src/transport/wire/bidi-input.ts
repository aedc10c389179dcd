/** The request messages of a bidirectional stream, as its handler asks for them. */
import { GRPC_STATUS, PortcullisError } from '../../errors.ts';
import { PIECE_BYTES, unpinned } from '../pieces.ts';
import type { WireCall } from './call.ts';
import type { CallInput } from './call-input.ts';
import { type MessageFault, MessageReader } from './grpc/message-reader.ts';
import { inflated } from './inflating.ts';
import { StreamTurn } from './stream-turn.ts';

const NONE: Buffer = Buffer.alloc(0);

export class BidiInput implements CallInput {
  readonly #call: WireCall;
  readonly #reader: MessageReader;
  readonly #turn: StreamTurn;
  /** A message was taken in a turn of its own since that was asked last. */
  #turnTaken = false;
  /** What the handler has not asked for yet. Bytes, not messages: many small ones would cost many times their bytes. */
  #pieces: Buffer[] = [];
  /** Where the first of them is: taking one off the front of a long list would move all the others. */
  #first = 0;
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
    this.#turn = new StreamTurn(call.connection);
  }

  get untaken(): boolean {
    return this.#bytes > 0;
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
    this.#first = 0;
    this.#turn.stop();
    this.#wakeUp();
  }

  /** Whether a message was taken since this was asked last. */
  takeTurn(): boolean {
    const taken = this.#turnTaken;
    this.#turnTaken = false;
    return taken;
  }

  /** Each message when it is asked for and its turn has come; ends with the request. Throws `cancelled` when the caller goes away. */
  async *messages(): AsyncGenerator<Uint8Array> {
    for (;;) {
      // Who has nothing to read keeps no place in the line.
      const mayGoOn = this.#stopped || this.#bytes === 0 ? undefined : this.#turn.next();
      if (mayGoOn !== undefined) await mayGoOn;
      const message = this.#stopped ? undefined : this.#take();
      if (this.#stopped) throw new PortcullisError('cancelled', 'The caller went away while sending.');
      if (message !== undefined) {
        this.#turnTaken = true;
        yield this.#reader.compressed ? await this.#inflated(message) : this.#counted(message);
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
    const held =
      this.#bytes +
      (this.#pieces.length - this.#first) * PIECE_BYTES +
      this.#reader.heldBytes +
      this.#takenBytes;
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

  async #inflated(message: Buffer): Promise<Buffer> {
    this.#counted(message);
    return this.#counted(await inflated(this.#call, message));
  }

  /** The same message, which counts until the handler asks for the next. */
  #counted(message: Buffer): Buffer {
    this.#takenBytes = message.length;
    this.#count();
    return message;
  }

  /** The first piece has been read. What was read is removed when it is half of the list, so that each piece moves once or so. */
  #drop(): void {
    this.#pieces[this.#first++] = NONE;
    if (this.#first * 2 < this.#pieces.length) return;
    this.#pieces.splice(0, this.#first);
    this.#first = 0;
  }

  /** The next whole message. */
  #take(): Buffer | undefined {
    const reader = this.#reader;
    for (let piece = this.#pieces[this.#first]; piece !== undefined; piece = this.#pieces[this.#first]) {
      const read = reader.read(piece, 0, piece.length);
      this.#bytes -= read;
      if (read < piece.length) this.#pieces[this.#first] = piece.subarray(read);
      else this.#drop();
      if (reader.fault !== undefined) throw this.#refuse(reader.fault);
      if (reader.message !== undefined) return reader.message;
    }
    return undefined;
  }
}
