/** What a connection may answer, whatever it was sent: a plain client's view of the bytes that went in and came out. */
import assert from 'node:assert/strict';
import * as h2 from './frames.ts';
import { HpackDecoder } from './hpack.ts';
import { StreamRecord } from './stream-record.ts';

const INITIAL = 65_535;

export class FuzzModel {
  readonly streams: Map<number, StreamRecord> = new Map();
  goaway: number | undefined;
  readonly #decoder = new HpackDecoder();
  #prefaceBytes = h2.PREFACE.length;
  #sentRest: Buffer = Buffer.alloc(0);
  #rest: Buffer = Buffer.alloc(0);
  /** DATA of the client by stream, and the windows that it gave, at most. */
  readonly #asked = new Map<number, Buffer[]>();
  readonly #windows = new Map<number, number>([[0, INITIAL]]);
  #largestInitial = INITIAL;
  #settingsSeen = false;
  #largestFrame = 16_384;
  #receivedBytes = 0;

  constructor() {
    // The tables that mutations ask for go to any size; ours follows what the encoder says.
    this.#decoder.maxTableBytes = Number.POSITIVE_INFINITY;
  }

  /** Notes what the client has sent, in whatever pieces; the preface first. */
  sent(bytes: Buffer): void {
    const afterPreface = bytes.subarray(this.#prefaceBytes);
    this.#prefaceBytes -= bytes.length - afterPreface.length;
    const { frames, rest } = h2.parseFrames(Buffer.concat([this.#sentRest, afterPreface]));
    this.#sentRest = rest;
    for (const { type, flags, stream, payload } of frames) {
      if (type === h2.DATA) {
        const padding = (flags & h2.PADDED) > 0 ? (payload[0] ?? 0) : -1;
        const body = padding < 0 ? payload : payload.subarray(1, Math.max(payload.length - padding, 1));
        this.#asked.set(stream, [...(this.#asked.get(stream) ?? []), body]);
      } else if (type === h2.WINDOW_UPDATE && payload.length === 4) {
        const given = payload.readUInt32BE(0) & 0x7fffffff;
        this.#windows.set(stream, (this.#windows.get(stream) ?? 0) + given);
      } else if (type === h2.SETTINGS) this.#noteSettings(payload);
    }
  }

  /** Takes what the server sends, and throws where that is no HTTP/2, or no answer to what was asked on its stream. */
  received(bytes: Buffer): void {
    const { frames, rest } = h2.parseFrames(Buffer.concat([this.#rest, bytes]));
    this.#rest = rest;
    for (const frame of frames) this.#take(frame);
  }

  /** After the last byte. */
  finish(): void {
    assert.equal(this.#rest.length, 0, 'the last frame is whole');
    for (const [stream, record] of this.streams) {
      if (!record.ended) continue;
      const { http, grpcStatus, messages } = record.answer();
      assert.ok(http !== '200' || grpcStatus !== undefined, `stream ${stream} ends without a status`);
      const asked = Buffer.concat(this.#asked.get(stream) ?? []);
      const isOwn = messages.every(({ bytes }) => asked.indexOf(bytes) >= 0);
      assert.ok(isOwn, `an answer of another stream came on ${stream}`);
    }
  }

  #noteSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const [id, value] = [payload.readUInt16BE(at), payload.readUInt32BE(at + 2)];
      // There are no streams yet for which the value of the protocol held.
      if (id === h2.INITIAL_WINDOW_SIZE)
        this.#largestInitial = this.#settingsSeen ? Math.max(this.#largestInitial, value) : value;
      if (id === h2.MAX_FRAME_SIZE) this.#largestFrame = Math.max(this.#largestFrame, value);
    }
    this.#settingsSeen = true;
  }

  #take({ type, flags, stream, payload }: h2.Frame): void {
    assert.equal(this.goaway || undefined, undefined, 'nothing comes after GOAWAY with an error');
    if (type === h2.GOAWAY) this.goaway = payload.readUInt32BE(4);
    if (type !== h2.DATA && type !== h2.HEADERS && type !== h2.RST_STREAM) return;
    assert.equal(stream % 2, 1, 'a stream of a client');
    let record = this.streams.get(stream);
    if (record === undefined) this.streams.set(stream, (record = new StreamRecord()));
    if (type === h2.RST_STREAM) {
      record.reset = payload.readUInt32BE(0);
      return;
    }
    assert.ok(!record.done, `frame ${type} on stream ${stream}, which has ended`);
    if (type === h2.HEADERS) {
      assert.ok((flags & h2.END_HEADERS) > 0);
      record.blocks.push(this.#decoder.decode(payload));
    } else this.#takeData(record, stream, payload);
    record.ended = (flags & h2.END_STREAM) > 0;
  }

  #takeData(record: StreamRecord, stream: number, payload: Buffer): void {
    assert.ok(payload.length <= this.#largestFrame, 'a frame that the client takes');
    record.data.push(payload);
    record.receivedBytes += payload.length;
    this.#receivedBytes += payload.length;
    const window = this.#largestInitial + (this.#windows.get(stream) ?? 0);
    assert.ok(
      record.receivedBytes <= window,
      `${record.receivedBytes} bytes on stream ${stream}, of ${window}`,
    );
    assert.ok(this.#receivedBytes <= this.#windows.get(0)!, 'more bytes than the window of the connection');
  }
}
