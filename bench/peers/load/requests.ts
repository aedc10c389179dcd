/**
 * The requests of one connection as the bytes of their frames, in the order in which they are sent, over and over: sending is
 * patching stream ids and writing a stretch of one buffer.
 */
import { headerBlocks, keptHeaderBlocks } from './header-blocks.ts';
import { COUNTER, COUNTER_DIGITS, type Message, type Protocol } from './job.ts';

const FRAME_HEADER_BYTES = 9;
const GRPC_PREFIX_BYTES = 5;
const LARGEST_FRAME_BYTES = 16_384;
const HEADERS = 1;
const DATA = 0;
const END_HEADERS = 0x4;
const END_STREAM = 0x1;

export interface Requests {
  readonly count: number;
  /** HEADERS and DATA of all requests, one after the other. */
  readonly bytes: Buffer;
  /** Where each request begins; one more than there are. */
  readonly starts: Uint32Array;
  /** Where its DATA frame begins. */
  readonly dataStarts: Uint32Array;
  readonly allowed: Uint8Array;
  /** Where digits are counted up, by request; most have none. */
  readonly counters: readonly (readonly number[] | undefined)[];
}

export interface RequestOptions {
  readonly protocol: Protocol;
  readonly scheme: 'http' | 'https';
  readonly path: string;
  readonly sameHeaders?: boolean | undefined;
  /** Where header blocks are kept between runs; they are made anew without it. */
  readonly blocksFile?: string;
  /** Unique among connections. */
  readonly connection: number;
}

/** Throws when a message does not fit into one frame. */
export async function requestsOf(messages: readonly Message[], options: RequestOptions): Promise<Requests> {
  const grpc = options.protocol !== 'opa';
  const lists = () => messages.map((_, i) => headersOf(options, i));
  const { blocksFile } = options;
  const blocks = await (blocksFile === undefined
    ? headerBlocks(lists())
    : keptHeaderBlocks(blocksFile, lists));
  const parts: Buffer[] = [];
  const starts = new Uint32Array(messages.length + 1);
  const dataStarts = new Uint32Array(messages.length);
  let at = 0;
  messages.forEach(({ bytes }, i) => {
    const payload = grpc ? Buffer.concat([grpcPrefix(bytes.length), bytes]) : Buffer.from(bytes);
    if (payload.length > LARGEST_FRAME_BYTES) throw new Error(`a message of ${payload.length} bytes`);
    const headers = frame(HEADERS, END_HEADERS, blocks[i]!);
    const data = frame(DATA, END_STREAM, payload);
    starts[i] = at;
    dataStarts[i] = at + headers.length;
    at += headers.length + data.length;
    parts.push(headers, data);
  });
  starts[messages.length] = at;
  const bytes = Buffer.concat(parts);
  return {
    count: messages.length,
    bytes,
    starts,
    dataStarts,
    allowed: Uint8Array.from(messages, ({ allowed }) => (allowed ? 1 : 0)),
    counters: messages.map((_, i) => countersIn(bytes, dataStarts[i]!, starts[i + 1]!)),
  };
}

/** Writes a number as digits where a counter stands. */
export function writeCounter(bytes: Buffer, at: number, value: number): void {
  let rest = value;
  for (let i = at + COUNTER_DIGITS - 1; i >= at; i--) {
    bytes[i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Of its cluster, as Envoy says it. */
const AUTHORITY = 'authz';

/** What Envoy sends with a call: a deadline, its own marks, and a trace that is another one each time. */
function headersOf(options: RequestOptions, index: number): Record<string, string> {
  const common = {
    ':method': 'POST',
    ':scheme': options.scheme,
    ':authority': AUTHORITY,
    ':path': options.path,
  };
  if (options.protocol === 'opa') return { ...common, 'content-type': 'application/json' };
  const trace = (options.connection * 1e6 + index).toString(16).padStart(16, '0');
  return {
    ...common,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '5000m',
    'x-envoy-internal': 'true',
    'x-forwarded-for': '10.0.0.9',
    ...(!options.sameHeaders && { traceparent: `00-8f3a1c77${trace}52d0be91-${trace}-01` }),
  };
}

function grpcPrefix(length: number): Buffer {
  const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

function frame(type: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  return Buffer.concat([header, payload]);
}

function countersIn(bytes: Buffer, start: number, end: number): readonly number[] | undefined {
  const found: number[] = [];
  for (let at = bytes.indexOf(COUNTER, start, 'latin1'); at >= 0 && at < end; ) {
    found.push(at + COUNTER.length);
    at = bytes.indexOf(COUNTER, at + 1, 'latin1');
  }
  return found.length === 0 ? undefined : found;
}
