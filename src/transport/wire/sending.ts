/**
 * What one connection sends of answers: header blocks, messages as far as the client's windows allow (RFC 9113, 5.2 and 6.9), and
 * the rest when they open. Everything goes into one output buffer, which the socket's edge writes.
 */

import { ANSWER_HEADERS, OK_TRAILERS, statusFields } from './answer-fields.ts';
import { SOCKET_BACKLOG_BYTES } from './bounds.ts';
import type { WireCall } from './call.ts';
import { FrameWriter } from './frame-writer.ts';
import { FLAG, FRAME, FRAME_HEADER_BYTES, MAX_31, writeFrameHeader } from './frames.ts';
import { PREFIX_BYTES, writePrefix } from './grpc/message-reader.ts';
import { HpackEncoder } from './hpack/encoder.ts';
import type { PreparedFields } from './hpack/prepared-fields.ts';
import { PeerSettings } from './settings.ts';

/** What a unary answer takes beside its message and header blocks. */
const UNARY_BYTES = 3 * FRAME_HEADER_BYTES + PREFIX_BYTES;
/** What is sent in pieces of at least this size earns window updates; with smaller windows nobody means to get an answer. */
const SMALL_FRAME_BYTES = 64;

export class Sending extends FrameWriter {
  readonly peer: PeerSettings = new PeerSettings();
  /** Messages, and large parts of them, that have been sent: what a client may send window updates for. */
  framesSent = 0;
  /** Calls that a handler has answered: each pays for a reset. */
  callsAnswered = 0;
  /** The socket takes no more for now: messages wait, as they do for a window. */
  blocked = false;
  #window = 65_535;
  readonly #encoder = new HpackEncoder();
  /** Calls with bytes to send for which the connection has no window, in the order in which they ran out of it. */
  readonly #waiting = new Set<WireCall>();

  /** A whole unary answer, in one go where the windows allow. */
  answer(call: WireCall, message: Uint8Array): void {
    const length = PREFIX_BYTES + message.length;
    if (
      length > call.sendWindow ||
      length > this.#window ||
      length > this.peer.maxFrameBytes ||
      this.#full()
    ) {
      this.message(call, message);
      this.end(call, OK_TRAILERS);
      return;
    }
    const { out } = this;
    let at = out.reserve(UNARY_BYTES + ANSWER_HEADERS.maxBytes + message.length + OK_TRAILERS.maxBytes);
    at = this.#writeBlock(at, call.id, ANSWER_HEADERS, FLAG.END_HEADERS);
    at = writeFrameHeader(out.bytes, at, length, FRAME.DATA, 0, call.id);
    at = writePrefix(out.bytes, at, message.length);
    out.bytes.set(message, at);
    at += message.length;
    call.sendWindow -= length;
    this.#window -= length;
    call.headersSent = true;
    this.framesSent++;
    this.callsAnswered++;
    out.length = this.#writeBlock(at, call.id, OK_TRAILERS, FLAG.END_HEADERS | FLAG.END_STREAM);
    call.close();
  }

  /** Sends a message, or as much of it as may go; false when some of it has to wait. */
  message(call: WireCall, message: Uint8Array): boolean {
    if (!call.headersSent) this.#headers(call);
    const framed = Buffer.allocUnsafeSlow(PREFIX_BYTES + message.length);
    framed.set(message, writePrefix(framed, 0, message.length));
    call.unsent = framed;
    this.push(call);
    return call.unsent === undefined;
  }

  /** Ends a call with these trailers as soon as its message has gone. */
  end(call: WireCall, trailers: PreparedFields): void {
    if (!call.headersSent) this.#headers(call);
    call.trailers = trailers;
    if (call.unsent === undefined) this.#end(call);
  }

  /** Ends a call with a status, without regard to what waits; in one block when nothing has been sent (Trailers-Only). */
  status(call: WireCall, status: number, message: string, more: readonly string[]): void {
    this.drop(call);
    this.framesSent++;
    const { maxHeaderListBytes } = this.peer;
    this.fields(call.id, statusFields(status, message, call.headersSent, more, maxHeaderListBytes), true);
    call.close();
  }

  /** A block of fields as HEADERS, and CONTINUATION where it is longer than a frame. */
  fields(stream: number, fields: readonly string[], endsStream: boolean): void {
    const { out, peer } = this;
    const room = this.#encoder.maxEncodedBytes(fields);
    const frames = Math.ceil(room / peer.maxFrameBytes) + 1;
    // The room for frame headers is in front: the block is written once and moved to where its frames begin.
    const at = out.reserve(room + frames * FRAME_HEADER_BYTES);
    const start = at + frames * FRAME_HEADER_BYTES;
    const end = this.#encoder.encode(out.bytes, start, fields);
    let to = at;
    for (let from = start; from === start || from < end; from += peer.maxFrameBytes) {
      const length = Math.min(end - from, peer.maxFrameBytes);
      const first = from === start;
      const flags =
        (first && endsStream ? FLAG.END_STREAM : 0) | (from + length === end ? FLAG.END_HEADERS : 0);
      const type = first ? FRAME.HEADERS : FRAME.CONTINUATION;
      to = writeFrameHeader(out.bytes, to, length, type, flags, stream);
      out.bytes.copyWithin(to, from, from + length);
      to += length;
    }
    out.length = to;
  }

  /** A whole body outside of gRPC, which is short; without one where the windows do not allow. */
  plain(call: WireCall, fields: readonly string[], body: Buffer): void {
    this.fields(call.id, fields, false);
    call.unsent = body;
    call.trailers = undefined;
    call.endsWithData = true;
    this.push(call);
  }

  /** Sends what waits of a call, as far as it may go. */
  push(call: WireCall): void {
    for (let bytes = call.unsent; bytes !== undefined; bytes = call.unsent) {
      if (this.#window <= 0 || this.#full()) {
        if (call.sendWindow > 0) this.#waiting.add(call);
        return;
      }
      const length = Math.min(bytes.length, call.sendWindow, this.#window, this.peer.maxFrameBytes);
      if (length <= 0) return;
      const whole = length === bytes.length;
      if (whole || length >= SMALL_FRAME_BYTES) this.framesSent++;
      this.#data(call, bytes, length, whole && call.endsWithData);
      call.sent(whole ? undefined : bytes.subarray(length));
    }
    this.#waiting.delete(call);
    if (call.trailers !== undefined) this.#end(call);
    else if (call.endsWithData) call.close();
  }

  /** Forgets what a call still wanted to send. */
  drop(call: WireCall): void {
    this.#waiting.delete(call);
    if (call.unsent !== undefined) call.sent(undefined);
  }

  /** The client lets the whole connection send more; false when that is more than there can be. */
  grow(bytes: number): boolean {
    if (this.#window + bytes > MAX_31) return false;
    this.#window += bytes;
    this.resume();
    return true;
  }

  /** Goes on with what waited for the connection. */
  resume(): void {
    for (const call of this.#waiting) {
      if (this.#window <= 0 || this.#full()) return;
      this.#waiting.delete(call);
      this.push(call);
    }
  }

  /** Whether there is as much to write as the socket may be given. */
  #full(): boolean {
    return this.blocked || this.out.length >= SOCKET_BACKLOG_BYTES;
  }

  setHeaderTableBytes(bytes: number): void {
    this.#encoder.setMaxTableBytes(bytes);
  }

  #headers(call: WireCall): void {
    const at = this.out.reserve(FRAME_HEADER_BYTES + ANSWER_HEADERS.maxBytes);
    this.out.length = this.#writeBlock(at, call.id, ANSWER_HEADERS, FLAG.END_HEADERS);
    call.headersSent = true;
  }

  #data(call: WireCall, bytes: Uint8Array, length: number, ends: boolean): void {
    const at = this.frame(FRAME.DATA, ends ? FLAG.END_STREAM : 0, call.id, length);
    this.out.bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), at);
    call.sendWindow -= length;
    this.#window -= length;
  }

  #end(call: WireCall): void {
    const { trailers, id } = call;
    if (trailers === undefined) return;
    this.callsAnswered++;
    const at = this.out.reserve(FRAME_HEADER_BYTES + trailers.maxBytes);
    this.out.length = this.#writeBlock(at, id, trailers, FLAG.END_HEADERS | FLAG.END_STREAM);
    call.close();
  }

  /** A HEADERS frame of prepared fields, where there is room for it; gives its end. */
  #writeBlock(at: number, stream: number, fields: PreparedFields, flags: number): number {
    const { bytes } = this.out;
    const start = at + FRAME_HEADER_BYTES;
    const end = this.#encoder.encodePrepared(bytes, start, fields);
    writeFrameHeader(bytes, at, end - start, FRAME.HEADERS, flags, stream);
    return end;
  }
}
