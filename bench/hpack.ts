/**
 * What header blocks cost, decoded and encoded. `npx node bench/hpack.ts` prints µs a block; blocks are those of real clients
 * (`hpack-blocks.ts`), and `naive` is a decoder as one would write it down.
 */
import { Buffer } from 'node:buffer';
import { writeInteger, writeText } from '../src/transport/wire/hpack/block-writer.ts';
import { HpackDecoder } from '../src/transport/wire/hpack/decoder.ts';
import { HpackEncoder } from '../src/transport/wire/hpack/encoder.ts';
import { PreparedFields } from '../src/transport/wire/hpack/prepared-fields.ts';
import { CAPTURES } from './hpack-blocks.ts';
import { NaiveDecoder } from './hpack-naive.ts';
import { measure } from './measure.ts';

const OPTIONS = { maxTableBytes: 4096, maxListBytes: 16_384 };
const TURNS = 64;

/** Blocks of one connection after its first one: `each` writes the n-th request's. */
function connection(
  first: Buffer,
  each: (turn: number, out: Buffer) => number,
): { first: Buffer; blocks: Buffer[] } {
  const out = Buffer.alloc(1024);
  const blocks = Array.from({ length: 1024 }, (_, turn) => Buffer.from(out.subarray(0, each(turn, out))));
  return { first, blocks };
}

const hex = (client: string, index: number): Buffer => Buffer.from(CAPTURES[client]!.blocks[index]!, 'hex');
const digits = (turn: number, length: number): string =>
  (BigInt(turn + 1) * 0x9e3779b97f4a7c15f39cc0605cedc834n).toString(16).slice(-length).padStart(length, '7');
const traceparent = (turn: number): string => `00-${digits(turn, 32)}-${digits(turn * 7, 16)}-01`;

/** Appends a literal: of an indexed name with 0x40 (inserted) or 0x00 (not). */
function literal(out: Buffer, at: number, pattern: 0x40 | 0x00, index: number, value: string): number {
  return writeText(out, writeInteger(out, at, pattern, pattern === 0 ? 0x0f : 0x3f, index), value);
}

const envoy = hex('Envoy 1.40', 1);
const node = hex('grpc-js 1.14.7', 1);
const goFirst = hex('grpc-go 1.34 (ghz), deadline and traceparent', 0);

const SLOW = {
  /** Envoy: nine references, path and a traceparent of its own, neither inserted. */
  'unique literal, table unchanged': connection(hex('Envoy 1.40', 0), (turn, out) => {
    const end = envoy.copy(out);
    out[end] = 0;
    return writeText(out, writeText(out, end + 1, 'traceparent'), traceparent(turn));
  }),
  /** grpc-go: seven references, grpc-timeout and traceparent inserted each time; indices stay since each evicts as many. */
  'two insertions': connection(goFirst, (turn, out) => {
    let at = writeInteger(out, 0, 0x80, 0x7f, 3);
    at = writeInteger(out, at, 0x80, 0x7f, 6);
    at = literal(out, at, 0x00, 4, '/envoy.service.auth.v3.Authorization/Check');
    for (const index of [7, 31, 58, 16, 17]) at = writeInteger(out, at, 0x80, 0x7f, index);
    at = literal(out, at, 0x40, 62, `${19_000_000 + turn}u`);
    return literal(out, at, 0x40, 63, traceparent(turn));
  }),
  /** Python: the same without Huffman, names too. */
  'two literals, plain': connection(hex('Envoy 1.40', 0), (turn, out) => {
    let at = envoy.copy(out);
    for (const text of ['grpc-timeout', `${1000 + turn}m`, 'traceparent', traceparent(turn)]) {
      if (text.startsWith('g') || text.startsWith('t')) out[at++] = 0;
      at = writeInteger(out, at, 0, 0x7f, text.length);
      at += out.write(text, at, 'latin1');
    }
    return at;
  }),
};

let sink = 0;
const steps: Record<string, () => void> = {};

for (const [name, first, block] of [
  ['Envoy', hex('Envoy 1.40', 0), envoy],
  ['grpc-js', hex('grpc-js 1.14.7', 0), node],
] as const) {
  const decoder = new HpackDecoder(OPTIONS);
  decoder.decode(first, 0, first.length);
  steps[`decode recognised: ${name}`] = () => {
    for (let i = 0; i < TURNS; i++) sink += decoder.decode(block, 0, block.length).names.length;
  };
}

for (const [name, { first, blocks }] of Object.entries(SLOW)) {
  const decoder = new HpackDecoder(OPTIONS);
  const naive = new NaiveDecoder(4096);
  decoder.decode(first, 0, first.length);
  naive.decode(first);
  let turn = 0;
  steps[`decode ${name}`] = () => {
    for (let i = 0; i < TURNS; i++) {
      const block = blocks[turn++ & 1023]!;
      sink += decoder.decode(block, 0, block.length).names.length;
    }
  };
  let naiveTurn = 0;
  steps[`naive ${name}`] = () => {
    for (let i = 0; i < TURNS; i++) sink += naive.decode(blocks[naiveTurn++ & 1023]!).length;
  };
}

const HEADERS = new PreparedFields([':status', '200', 'content-type', 'application/grpc+proto']);
const TRAILERS = new PreparedFields(['grpc-status', '0']);
const FAILED = ['grpc-status', '5', 'grpc-message', 'There is no policy set of this name.'];
const encoder = new HpackEncoder();
const out = Buffer.alloc(4096);

steps['encode prepared: headers and trailers'] = () => {
  for (let i = 0; i < TURNS; i++)
    sink += encoder.encodePrepared(out, encoder.encodePrepared(out, 0, HEADERS), TRAILERS);
};
steps['encode: status and message'] = () => {
  for (let i = 0; i < TURNS; i++) sink += encoder.encode(out, 0, FAILED);
};

const figures = await measure('hpack', steps, { operations: TURNS });
for (const name of Object.keys(SLOW)) {
  const [ours, naive] = [figures[`decode ${name}`], figures[`naive ${name}`]];
  if (ours !== undefined && naive !== undefined && !process.argv.includes('--json')) {
    console.log(`${name}: a naive decoder takes ${(naive.us / ours.us).toFixed(1)} times as long`);
  }
}
if (sink === 0) throw new Error('nothing was done');
