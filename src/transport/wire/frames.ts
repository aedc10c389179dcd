/** Frames of HTTP/2 (RFC 9113, 4.1 and 6): their numbers, and their nine-byte headers. */

export const FRAME_HEADER_BYTES = 9;

/** The largest payload that we take, and announce none other: the protocol's own first value (RFC 9113, 6.5.2). */
export const MAX_FRAME_BYTES = 16_384;

/** What opens every connection of a client (RFC 9113, 3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** The largest stream number, window and window increment. */
export const MAX_31 = 0x7fffffff;

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const FLAG = { END_STREAM: 1, ACK: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

/** Error codes (RFC 9113, 7). */
export const CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

/** Writes a frame header; gives where the payload begins. */
export function writeFrameHeader(
  out: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  out[at] = length >>> 16;
  out[at + 1] = length >>> 8;
  out[at + 2] = length;
  out[at + 3] = type;
  out[at + 4] = flags;
  return write32(out, at + 5, stream);
}

/** Writes 32 bits, most significant first; gives where the next byte goes. */
export function write32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

/** Reads 32 bits as a number without sign. */
export function read32(bytes: Uint8Array, at: number): number {
  return read31(bytes, at) + (bytes[at]! & 0x80 ? 0x80000000 : 0);
}

/** Reads 31 bits; the first of the 32 is reserved and without meaning. */
export function read31(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
