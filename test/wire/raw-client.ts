/**
 * A client of frames: sends any bytes, tells what came back. Nothing keeps it to the protocol but its caller; where it is polite
 * (unless told otherwise) it acknowledges SETTINGS and PING and gives windows back.
 */
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Address } from '../../src/config/address.ts';
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  type Frame,
  GOAWAY,
  HEADERS,
  PADDED,
  PING,
  PREFACE,
  PRIORITISED,
  parseFrames,
  ping,
  RST_STREAM,
  SETTINGS,
  settings,
  settingsAck,
  windowUpdate,
} from './frames.ts';
import { HpackDecoder } from './hpack.ts';
import { type Answer, StreamRecord } from './stream-record.ts';

export interface ClientOptions {
  readonly tls?: ConnectionOptions;
  /** Answers SETTINGS and PING. Default true. */
  readonly acknowledges?: boolean;
  /** Gives back what DATA takes of the windows. Default true. */
  readonly updatesWindows?: boolean;
  /** What is sent first; the preface and empty SETTINGS by default. */
  readonly opening?: Uint8Array;
}

const WAIT_MS = 30_000;
const START: Buffer = Buffer.concat([PREFACE, settings()]);

export class WireClient {
  readonly socket: Socket;
  /** Everything received, in order. */
  readonly frames: Frame[] = [];
  /** The server's SETTINGS, the last value of each. */
  readonly settings: Map<number, number> = new Map();
  readonly decoder: HpackDecoder = new HpackDecoder();
  /** The server's end of the connection has come. */
  ended = false;
  readonly #options: ClientOptions;
  readonly #streams = new Map<number, StreamRecord>();
  #rest: Buffer = Buffer.alloc(0);
  #block: Buffer[] = [];
  #blockFlags = 0;
  #wake: (() => void)[] = [];
  #pings = 0;
  #nextStream = 1;

  private constructor(socket: Socket, options: ClientOptions) {
    this.socket = socket;
    this.#options = options;
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('close', () => {
      this.ended = true;
      this.#notify();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#notify();
    });
  }

  static async connect(address: Address, options: ClientOptions = {}): Promise<WireClient> {
    const { tls } = options;
    const plain = connectSocket(
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
    );
    const socket =
      tls === undefined
        ? plain.setNoDelay()
        : connectTls({ socket: plain, ALPNProtocols: ['h2'], servername: 'localhost', ...tls });
    const client = new WireClient(socket, options);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    client.write(options.opening ?? START);
    return client;
  }

  /** The last GOAWAY's error code. */
  get goaway(): number | undefined {
    return this.frames.findLast(({ type }) => type === GOAWAY)?.payload.readUInt32BE(4);
  }

  /** Sends these bytes with one write. */
  write(...bytes: readonly Uint8Array[]): void {
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(Buffer.concat(bytes));
  }

  nextStream(): number {
    this.#nextStream += 2;
    return this.#nextStream - 2;
  }

  stream(id: number): StreamRecord {
    let record = this.#streams.get(id);
    if (record === undefined) this.#streams.set(id, (record = new StreamRecord()));
    return record;
  }

  /** How a stream ended, or how far it came when the connection did. */
  async answer(id: number): Promise<Answer> {
    const record = this.stream(id);
    await this.until(() => record.done || this.ended, `the end of stream ${id}`);
    return record.answer();
  }

  /** Waits for a frame, among those that came already too. */
  async frame(matches: (frame: Frame) => boolean, what: string): Promise<Frame> {
    await this.until(() => this.ended || this.frames.some(matches), what);
    const found = this.frames.find(matches);
    if (found === undefined) throw new Error(`the connection ended before ${what} came; ${this.#seen()}`);
    return found;
  }

  /** Resolves when the server has acted on all that was sent; false when it has ended the connection instead. */
  async synced(): Promise<boolean> {
    const bytes = Buffer.alloc(8, `s${this.#pings++}`);
    this.write(ping(bytes));
    const isIt = (frame: Frame): boolean =>
      frame.type === PING && (frame.flags & ACK) > 0 && frame.payload.equals(bytes);
    await this.until(() => this.ended || this.frames.some(isIt), 'the answer to a ping');
    return this.frames.some(isIt);
  }

  /** The error code of the GOAWAY that the connection ended with. */
  async closed(): Promise<number | undefined> {
    await this.until(() => this.ended, 'the end of the connection');
    return this.goaway;
  }

  async until(holds: () => boolean, what: string): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (!holds()) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw new Error(`waited in vain for ${what}; ${this.#seen()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }

  #seen(): string {
    const frames = this.frames.map(
      ({ type, flags, stream, payload }) => `${type}/${flags}@${stream}(${payload.length})`,
    );
    return `seen: ${frames.slice(-40).join(' ') || 'nothing'}${this.ended ? ', then the end' : ''}`;
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  #read(bytes: Buffer): void {
    const { frames, rest } = parseFrames(Buffer.concat([this.#rest, bytes]));
    this.#rest = rest;
    const replies: Buffer[] = [];
    for (const frame of frames) {
      this.frames.push(frame);
      this.#take(frame, replies);
    }
    if (replies.length > 0) this.write(...replies);
    this.#notify();
  }

  #take(frame: Frame, replies: Buffer[]): void {
    const { type, flags, stream, payload } = frame;
    const { acknowledges = true, updatesWindows = true } = this.#options;
    if (type === DATA) {
      const record = this.stream(stream);
      record.data.push(payload);
      record.receivedBytes += payload.length;
      if ((flags & END_STREAM) > 0) record.ended = true;
      if (!updatesWindows || payload.length === 0) return;
      replies.push(windowUpdate(0, payload.length));
      if (!record.ended) replies.push(windowUpdate(stream, payload.length));
    } else if (type === HEADERS || type === CONTINUATION) {
      if ((flags & (PADDED | PRIORITISED)) > 0 && type === HEADERS)
        throw new Error('not read by this client');
      this.#block.push(payload);
      if (type === HEADERS) this.#blockFlags = flags;
      if ((flags & END_HEADERS) > 0) this.#takeBlock(stream);
    } else if (type === RST_STREAM) this.stream(stream).reset = payload.readUInt32BE(0);
    else if (type === SETTINGS && (flags & ACK) === 0) {
      for (let at = 0; at < payload.length; at += 6)
        this.settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
      if (acknowledges) replies.push(settingsAck());
    } else if (type === PING && (flags & ACK) === 0 && acknowledges) replies.push(ping(payload, ACK));
  }

  #takeBlock(stream: number): void {
    const record = this.stream(stream);
    record.blocks.push(this.decoder.decode(Buffer.concat(this.#block)));
    this.#block = [];
    if ((this.#blockFlags & END_STREAM) > 0) record.ended = true;
  }
}
