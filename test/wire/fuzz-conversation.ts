/** What a client says on one connection, by chance and by the rules: requests in every form, and what comes between them. */
import * as h2 from './frames.ts';
import type { Random } from './fuzz-random.ts';
import { encodeBlock, type Indexing, literal, tableSize } from './hpack.ts';
import { requestFields } from './requests.ts';

/** Answer with what they are asked: at once, later, in pieces; never. */
export const FUZZ_PATHS = {
  now: '/fuzz.Test/Now',
  later: '/fuzz.Test/Later',
  pieces: '/fuzz.Test/Pieces',
  both: '/fuzz.Test/Both',
  never: '/fuzz.Test/Never',
} as const;

/** Of 16,384, with room for padding. */
const FRAME_BYTES = 16_000;

export interface Conversation {
  /** The preface and SETTINGS first; frames of one stream keep their order. */
  readonly frames: Buffer[];
  /** What whole requests of methods that answer have to be answered with, by stream. */
  readonly expected: ReadonlyMap<number, string>;
}

export function converse(random: Random): Conversation {
  const small = random.once(4);
  // Answers of several frames, for which the first window of a connection is too small.
  const wide = random.once(10);
  const opening = small ? h2.settings([h2.INITIAL_WINDOW_SIZE, random.below(200)]) : h2.settings();
  const expected = new Map<number, string>();
  const streams: Buffer[][] = [];
  const count = 1 + random.below(12);
  for (let index = 0; index < count; index++) {
    const stream = 2 * index + 1;
    const name = random.pick(['now', 'now', 'now', 'later', 'later', 'pieces', 'both', 'never'] as const);
    const length = random.once(5) ? random.below(wide ? 40_000 : 3000) : random.below(40);
    const text = `<${stream}:${random.below(2 ** 31).toString(36)}${'.'.repeat(length)}>`;
    const reset = name === 'never' || random.once(10);
    if (!reset) expected.set(stream, text);
    const frames = requestOf(random, stream, FUZZ_PATHS[name], text);
    if (reset) frames.splice(1 + random.below(frames.length), 0, h2.reset(stream));
    if (reset)
      frames.length = Math.min(frames.length, frames.findIndex((frame) => frame[3] === h2.RST_STREAM) + 1);
    else if (small || wide) frames.push(...windowsFor(random, stream, text.length));
    streams.push(frames);
  }
  const more = wide ? [h2.windowUpdate(0, 1_000_000)] : [];
  return { frames: [h2.PREFACE, opening, ...more, ...interleave(random, streams)], expected };
}

function requestOf(random: Random, stream: number, path: string, text: string): Buffer[] {
  const changes = random.once(6) ? { 'grpc-timeout': random.pick(['10S', '1H', '500m']) } : {};
  const form = random.pick<Indexing>(['without', 'incremental', 'never']);
  const trace = literal('traceparent', `00-${random.below(2 ** 31)}-01`, form, random.once(2));
  const first = random.once(20) ? tableSize(random.pick([0, 100, 4096])) : Buffer.alloc(0);
  const block = Buffer.concat([first, encodeBlock(requestFields(path, changes)), trace]);
  const body = h2.message(text);
  const frames: Buffer[] = [];
  const shape = random.below(4);
  if (shape === 0) {
    const at = random.below(block.length);
    frames.push(
      Buffer.concat([
        h2.headers(stream, block.subarray(0, at), 0),
        h2.frame(h2.CONTINUATION, h2.END_HEADERS, stream, block.subarray(at)),
      ]),
    );
  } else if (shape === 1) {
    const priority = Buffer.concat([h2.uint32(0), Buffer.from([7])]);
    const payload = h2.padded(Buffer.concat([priority, block]), random.below(256));
    frames.push(h2.headers(stream, payload, h2.END_HEADERS | h2.PADDED | h2.PRIORITISED));
  } else frames.push(h2.headers(stream, block));
  for (let at = 0; at < body.length; ) {
    const size = random.once(2) || body.length > 3100 ? FRAME_BYTES : 1 + random.below(40);
    const piece = body.subarray(at, at + size);
    at += size;
    const last = at >= body.length ? h2.END_STREAM : 0;
    frames.push(
      random.once(4)
        ? h2.data(stream, h2.padded(piece, random.below(256)), h2.PADDED | last)
        : h2.data(stream, piece, last),
    );
  }
  return frames;
}

/** The window that an answer needs, a little at a time: a server that takes more than it was given is seen at once. */
function windowsFor(random: Random, stream: number, textBytes: number): Buffer[] {
  const updates: Buffer[] = [];
  // The prefix of each message; a stream sends one for 700 bytes.
  let missing = textBytes + 5 * Math.ceil((textBytes + 1) / 700);
  while (missing > 0) {
    const given = 1 + random.below(textBytes > 3100 ? 30_000 : 400);
    updates.push(h2.windowUpdate(stream, given));
    missing -= given;
  }
  return updates;
}

/** Streams begin in their order; what follows mixes, with frames of the connection in between. */
function interleave(random: Random, streams: readonly Buffer[][]): Buffer[] {
  const frames: Buffer[] = [];
  let begun = 0;
  const open: Buffer[][] = [];
  while (begun < streams.length || open.length > 0) {
    if (begun < streams.length && (open.length === 0 || random.once(3))) {
      const next = streams[begun++]!;
      frames.push(next[0]!);
      if (next.length > 1) open.push(next.slice(1));
      continue;
    }
    const at = random.below(open.length);
    frames.push(open[at]!.shift()!);
    if (open[at]!.length === 0) open.splice(at, 1);
    if (random.once(8)) frames.push(between(random));
  }
  return frames;
}

function between(random: Random): Buffer {
  return random.pick([
    () => h2.ping(random.bytes(8)),
    () => h2.settings([h2.HEADER_TABLE_SIZE, random.pick([0, 60, 4096, 65_536])]),
    () => h2.settings([h2.MAX_FRAME_SIZE, 16_384 + random.below(10_000)]),
    () => h2.settingsAck(),
    () => h2.windowUpdate(0, 1 + random.below(100_000)),
    () => h2.frame(h2.PRIORITY, 0, 1 + 2 * random.below(10), Buffer.concat([h2.uint32(0), Buffer.from([1])])),
    () =>
      h2.frame(0x20 + random.below(200), random.below(256), random.below(20), random.bytes(random.below(50))),
  ])();
}
