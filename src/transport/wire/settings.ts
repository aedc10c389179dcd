/** The SETTINGS of both ends (RFC 9113, 6.5). */
import { CODE, MAX_31, read32, write32 } from './frames.ts';

const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
  NO_RFC7540_PRIORITIES: 9,
} as const;

const SETTING_BYTES = 6;
const LARGEST_FRAME_BYTES = 2 ** 24 - 1;
const SMALLEST_MAX_FRAME_BYTES = 16_384;

/** What a client has asked of us; the protocol's first values until it does. */
export class PeerSettings {
  headerTableBytes = 4096;
  /** The smallest that the last frame asked for. */
  leastTableBytes = 4096;
  streamWindowBytes = 65_535;
  maxFrameBytes: number = SMALLEST_MAX_FRAME_BYTES;
  maxHeaderListBytes: number = Number.POSITIVE_INFINITY;

  /** Takes the payload of a SETTINGS frame in; gives the error code of a value that may not be, 0 when all is well. */
  read(bytes: Uint8Array, start: number, end: number): number {
    if ((end - start) % SETTING_BYTES !== 0) return CODE.FRAME_SIZE_ERROR;
    this.leastTableBytes = this.headerTableBytes;
    for (let at = start; at < end; at += SETTING_BYTES) {
      const value = read32(bytes, at + 2);
      const error = this.#set((bytes[at]! << 8) | bytes[at + 1]!, value);
      if (error !== CODE.NO_ERROR) return error;
    }
    return CODE.NO_ERROR;
  }

  /** Those that we do not know, and those that bind only who opens streams, are ignored. */
  #set(id: number, value: number): number {
    switch (id) {
      case SETTING.HEADER_TABLE_SIZE:
        this.headerTableBytes = value;
        this.leastTableBytes = Math.min(this.leastTableBytes, value);
        return CODE.NO_ERROR;
      case SETTING.ENABLE_PUSH:
      case SETTING.NO_RFC7540_PRIORITIES:
        return value > 1 ? CODE.PROTOCOL_ERROR : CODE.NO_ERROR;
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > MAX_31) return CODE.FLOW_CONTROL_ERROR;
        this.streamWindowBytes = value;
        return CODE.NO_ERROR;
      case SETTING.MAX_FRAME_SIZE:
        if (value < SMALLEST_MAX_FRAME_BYTES || value > LARGEST_FRAME_BYTES) return CODE.PROTOCOL_ERROR;
        this.maxFrameBytes = value;
        return CODE.NO_ERROR;
      case SETTING.MAX_HEADER_LIST_SIZE:
        this.maxHeaderListBytes = value;
        return CODE.NO_ERROR;
      default:
        return CODE.NO_ERROR;
    }
  }
}

export interface OwnSettings {
  readonly headerTableBytes: number;
  readonly maxConcurrentStreams: number;
  readonly streamWindowBytes: number;
  readonly maxHeaderBytes: number;
}

/** The payload of the SETTINGS frame that opens our side. */
export function ownSettings(own: OwnSettings): Buffer {
  const pairs: readonly (readonly [id: number, value: number])[] = [
    [SETTING.HEADER_TABLE_SIZE, own.headerTableBytes],
    [SETTING.MAX_CONCURRENT_STREAMS, own.maxConcurrentStreams],
    [SETTING.INITIAL_WINDOW_SIZE, own.streamWindowBytes],
    [SETTING.MAX_HEADER_LIST_SIZE, own.maxHeaderBytes],
    [SETTING.NO_RFC7540_PRIORITIES, 1],
  ];
  const bytes = Buffer.alloc(pairs.length * SETTING_BYTES);
  let at = 0;
  for (const [id, value] of pairs) {
    bytes.writeUInt16BE(id, at);
    at = write32(bytes, at + 2, value);
  }
  return bytes;
}
