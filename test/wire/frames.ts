/**
 * HTTP/2 frames as bytes, made the plainest way there is (RFC 9113, 4 and 6): nothing here is shared with the transport, so that
 * what one of them misunderstands the other does not hide.
 */

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITISED = 0x20;

/** Error codes (RFC 9113, 7). */
export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const FLOW_CONTROL_ERROR = 3;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
const CANCEL = 8;
export const COMPRESSION_ERROR = 9;

/** Parameters of SETTINGS (RFC 9113, 6.5.2). */
export const HEADER_TABLE_SIZE = 1;
export const ENABLE_PUSH = 2;
export const MAX_CONCURRENT_STREAMS = 3;
export const INITIAL_WINDOW_SIZE = 4;
export const MAX_FRAME_SIZE = 5;
export const MAX_HEADER_LIST_SIZE = 6;

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const HEADER_BYTES = 9;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Any frame; `length` where it is to lie about the payload. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length: number = payload.length,
): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return frame(SETTINGS, 0, 0, payload);
}

export const settingsAck = (): Buffer => frame(SETTINGS, ACK, 0);
export const windowUpdate = (stream: number, increment: number): Buffer =>
  frame(WINDOW_UPDATE, 0, stream, uint32(increment));
export const reset = (stream: number, code: number = CANCEL): Buffer =>
  frame(RST_STREAM, 0, stream, uint32(code));
export const ping = (bytes: Uint8Array, flags = 0): Buffer => frame(PING, flags, 0, bytes);
export const data = (stream: number, payload: Uint8Array, flags = 0): Buffer =>
  frame(DATA, flags, stream, payload);
export const headers = (stream: number, block: Uint8Array, flags: number = END_HEADERS): Buffer =>
  frame(HEADERS, flags, stream, block);

/** The payload between a length and that much padding (RFC 9113, 6.1). */
export function padded(payload: Uint8Array, padding: number): Buffer {
  return Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding)]);
}

/** One gRPC message in its five bytes of prefix. */
export function message(bytes: Uint8Array | string, compressed = 0, length?: number): Buffer {
  const body = Buffer.from(bytes);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(compressed, 0);
  prefix.writeUInt32BE(length ?? body.length, 1);
  return Buffer.concat([prefix, body]);
}

/** Takes the whole frames off the front; the rest comes with the next read. */
export function parseFrames(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
      payload: bytes.subarray(at + HEADER_BYTES, end),
    });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}
