/**
 * One HTTP/2 connection of the load generator: frames written from a prepared buffer and read where they arrive, no object a call.
 * Of the protocol it does what a server may ask for: settings, pings, flow control in both directions, connecting again.
 */
import type { Socket } from 'node:net';
import { dial } from './dial.ts';
import type { Target } from './job.ts';
import { type Requests, writeCounter } from './requests.ts';
import { DENIED, NONE, READERS, type ReadVerdict } from './verdict.ts';

const FRAME = 9;
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 7, 8];
const END_STREAM = 0x1;
const ACK = 0x1;
const HEADER_TABLE_SIZE = 1;
const NO_ERROR = 0;
const WINDOW_BYTES = 2 ** 30;
/** The client's preface, settings (no push, streams with all the window) and the connection's window. */
const OPENING: Buffer = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
  Buffer.from('00000c040000000000000200000000000440000000', 'hex'),
  Buffer.from('0000040800000000003fff0000', 'hex'),
]);
const SETTINGS_ACK: Buffer = Buffer.from('000000040100000000', 'hex');

/** Told of what arrives. */
export interface Listener {
  /** A call ended. `startedMs` is what was given when it was sent. */
  answered(startedMs: number, nowMs: number, outcome: Outcome): void;
  /** All that arrived together has been read. */
  readAll(connection: Connection, nowMs: number): void;
}

export type Outcome = 'right' | 'wrong' | 'failed';

/** Connects, and has the connection told of what comes. Rejects when nobody listens. */
type Dial = (connection: Connection) => Promise<Socket>;

export class Connection {
  inFlight = 0;
  readonly #dial: Dial;
  #socket: Socket | undefined;
  readonly #requests: Requests;
  readonly #listener: Listener;
  readonly #verdictOf: ReadVerdict;
  readonly #startedMs: Float64Array;
  readonly #verdicts: Uint8Array;
  #next = 0;
  #sendWindow = 65_535;
  #received = 0;
  #rest: Buffer = Buffer.alloc(0);
  #failure: Error | undefined;
  /** Whether the server asked to connect again: what was sent is answered, and no more may be. */
  #isRetired = false;
  #isClosed = false;
  #counter: number;

  constructor(dial: Dial, requests: Requests, target: Target, listener: Listener, id: number) {
    this.#dial = dial;
    this.#requests = requests;
    this.#listener = listener;
    this.#verdictOf = READERS[target.protocol];
    this.#startedMs = new Float64Array(requests.count).fill(-1);
    this.#verdicts = new Uint8Array(requests.count);
    this.#counter = id * 10_000_000 + (Math.floor(performance.timeOrigin) % 10_000_000);
  }

  /** Connects and sends the preface. Rejects when nobody listens. */
  async open(): Promise<void> {
    const socket = await this.#dial(this);
    // Meanwhile nobody may want it any more.
    if (this.#isClosed) return void socket.destroy();
    this.#socket = socket;
    this.#isRetired = false;
    this.#next = 0;
    this.#sendWindow = 65_535;
    this.#received = 0;
    this.#rest = NOTHING;
    socket.write(OPENING);
  }

  /**
   * Sends calls, as many as the server's window and the prepared requests allow, in one write; gives how many. `startedMs` is that of
   * the first, the others follow by `stepMs`.
   */
  send(wanted: number, startedMs: number, stepMs: number = 0): number {
    if (this.#failure !== undefined) throw this.#failure;
    const socket = this.#socket;
    if (this.#isRetired || socket === undefined) return 0;
    const { bytes, starts, dataStarts, count, counters } = this.#requests;
    let sent = 0;
    let from = starts[this.#next % count]!;
    let to = from;
    while (sent < wanted) {
      const slot = this.#next % count;
      const dataAt = dataStarts[slot]!;
      const payload = starts[slot + 1]! - dataAt - FRAME;
      if (this.#startedMs[slot]! >= 0 || payload > this.#sendWindow) break;
      if (slot === 0 && to > from) {
        socket.write(bytes.subarray(from, to));
        from = 0;
      }
      const id = 2 * this.#next + 1;
      writeId(bytes, starts[slot]! + 5, id);
      writeId(bytes, dataAt + 5, id);
      const places = counters[slot];
      if (places !== undefined) {
        this.#counter++;
        for (const at of places) writeCounter(bytes, at, this.#counter);
      }
      this.#startedMs[slot] = startedMs + sent * stepMs;
      this.#verdicts[slot] = NONE;
      this.#sendWindow -= payload;
      this.#next++;
      to = starts[slot + 1]!;
      sent++;
    }
    if (to > from) socket.write(bytes.subarray(from, to));
    this.inFlight += sent;
    return sent;
  }

  /** Calls that still wait: when each was sent. */
  waiting(): readonly number[] {
    return [...this.#startedMs].filter((each) => each >= 0);
  }

  /** Why no more can be sent. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  fail(error: Error): void {
    this.#failure ??= error;
  }

  /** A socket has ended, maybe one that was left already. */
  ended(socket: Socket, error: Error): void {
    if (socket === this.#socket) this.fail(error);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  /** The buffer may be used again afterwards. */
  read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowMs = performance.now();
    const end = bytes.length;
    let at = 0;
    while (end - at >= FRAME) {
      const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      if (at + FRAME + length > end) break;
      this.#frame(bytes, at, length, nowMs);
      at += FRAME + length;
    }
    this.#rest = at === end ? NOTHING : Buffer.from(bytes.subarray(at));
    if (this.#received > WINDOW_BYTES / 4) this.#topUp();
    this.#listener.readAll(this, nowMs);
    if (this.#isRetired && this.inFlight === 0) this.#openAgain();
  }

  #openAgain(): void {
    const old = this.#socket;
    this.#socket = undefined;
    old?.destroy();
    this.open().then(
      () => this.#listener.readAll(this, performance.now()),
      (error: Error) => this.fail(error),
    );
  }

  #frame(bytes: Buffer, at: number, length: number, nowMs: number): void {
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const payload = at + FRAME;
    if (type === DATA) {
      this.#received += length;
      const slot = this.#slot(bytes, at);
      if (length > 0) this.#verdicts[slot] = this.#verdictOf(bytes, payload, payload + length);
      if ((flags & END_STREAM) !== 0) this.#ended(slot, nowMs);
    } else if (type === HEADERS) {
      if ((flags & END_STREAM) !== 0) this.#ended(this.#slot(bytes, at), nowMs);
    } else if (type === WINDOW_UPDATE) {
      if (idAt(bytes, at) === 0) this.#sendWindow += bytes.readUInt32BE(payload);
    } else if (type === SETTINGS && (flags & ACK) === 0) {
      for (let entry = payload; entry < payload + length; entry += 6)
        if (bytes.readUInt16BE(entry) === HEADER_TABLE_SIZE && bytes.readUInt32BE(entry + 2) < 4096)
          this.fail(
            new Error('the server keeps a table of headers below 4,096 bytes, which the requests count on'),
          );
      this.#socket?.write(SETTINGS_ACK);
    } else if (type === PING && (flags & ACK) === 0) {
      const pong = Buffer.from(bytes.subarray(at, payload + length));
      pong[4] = ACK;
      this.#socket?.write(pong);
    } else if (type === RST_STREAM) {
      const slot = this.#slot(bytes, at);
      this.#verdicts[slot] = NONE;
      this.#ended(slot, nowMs);
    } else if (type === GOAWAY) {
      const lastStream = bytes.readUInt32BE(payload);
      const code = bytes.readUInt32BE(payload + 4);
      const answersAll = lastStream >= 2 * this.#next - 1;
      if (code === NO_ERROR && answersAll) this.#isRetired = true;
      else this.fail(new Error(`the server ends the connection: GOAWAY ${code}, last stream ${lastStream}`));
    }
  }

  #slot(bytes: Buffer, at: number): number {
    return ((idAt(bytes, at) - 1) >>> 1) % this.#requests.count;
  }

  #ended(slot: number, nowMs: number): void {
    const startedMs = this.#startedMs[slot]!;
    if (startedMs < 0) return;
    this.#startedMs[slot] = -1;
    this.inFlight--;
    const verdict = this.#verdicts[slot]!;
    const expected = DENIED + this.#requests.allowed[slot]!;
    const outcome = verdict === expected ? 'right' : verdict === NONE ? 'failed' : 'wrong';
    this.#listener.answered(startedMs, nowMs, outcome);
  }

  #topUp(): void {
    const update = Buffer.from('00000408000000000000000000', 'hex');
    update.writeUInt32BE(this.#received, FRAME);
    this.#received = 0;
    this.#socket?.write(update);
  }
}

/** Connects and sends the preface. Rejects when nobody listens. */
export async function openConnection(
  target: Target,
  requests: Requests,
  listener: Listener,
  id: number,
  ca?: string,
): Promise<Connection> {
  const connection = new Connection((to) => dial(target, ca, to), requests, target, listener, id);
  await connection.open();
  return connection;
}

const NOTHING: Buffer = Buffer.alloc(0);

const idAt = (bytes: Buffer, at: number): number =>
  ((bytes[at + 5]! & 0x7f) << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;

function writeId(bytes: Buffer, at: number, id: number): void {
  bytes[at] = id >>> 24;
  bytes[at + 1] = id >>> 16;
  bytes[at + 2] = id >>> 8;
  bytes[at + 3] = id;
}
