import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.ts';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, PREFACE, writeFrameHeader } from './frames.ts';

type Seen = readonly [type: number, flags: number, stream: number, payload: string];

function frame([type, flags, stream, payload]: Seen): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  bytes.write(payload, writeFrameHeader(bytes, 0, payload.length, type, flags, stream), 'latin1');
  return bytes;
}

/** What a reader tells of these reads. */
function readAll(reads: readonly Buffer[]): { seen: Seen[]; ended: string; midFrame: boolean } {
  const seen: Seen[] = [];
  let ended = '';
  const reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, start, end) => {
      seen.push([type, flags, stream, bytes.toString('latin1', start, end)]);
      return type !== 0xee;
    },
    onBadPreface: () => {
      ended += 'preface';
    },
    onLongFrame: () => {
      ended += 'long';
    },
  });
  for (const read of reads) reader.read(read);
  return { seen, ended, midFrame: reader.midFrame };
}

/** The bytes cut at these places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % bytes.length), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

test('frame reader: however the bytes are cut, the frames are the same', () => {
  const frames = fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 0x7fffffff }),
      fc.string({ unit: 'binary-ascii', maxLength: 300 }),
    ),
  );
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 40 }), (expected, places) => {
      const bytes = Buffer.concat([PREFACE, ...expected.map(frame)]);
      assert.deepEqual(readAll(cutAt(bytes, places)), { seen: expected, ended: '', midFrame: false });
    }),
  );
});

test('frame reader: byte by byte, also the longest frame', () => {
  const longest: Seen = [0, 1, 3, 'x'.repeat(MAX_FRAME_BYTES)];
  const bytes = Buffer.concat([PREFACE, frame(longest), frame([6, 0, 0, '12345678'])]);
  const { seen } = readAll(Array.from(bytes, (byte) => Buffer.from([byte])));
  assert.deepEqual(seen, [longest, [6, 0, 0, '12345678']]);
});

test('frame reader: a frame that is too long ends everything, as soon as its length is known', () => {
  const header = frame([0, 0, 1, 'x'.repeat(MAX_FRAME_BYTES + 1)]).subarray(0, FRAME_HEADER_BYTES);
  for (const places of [[], [PREFACE.length + 4]]) {
    const { seen, ended } = readAll([
      ...cutAt(Buffer.concat([PREFACE, header]), places),
      frame([6, 0, 0, '12345678']),
    ]);
    assert.deepEqual([seen, ended], [[], 'long']);
  }
});

test('frame reader: what is no preface, and whoever has seen enough, end it', () => {
  for (const cut of [1, 30]) {
    const { seen, ended } = readAll(cutAt(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), [cut]));
    assert.deepEqual([seen, ended], [[], 'preface']);
  }
  const { seen, midFrame } = readAll([PREFACE, frame([0xee, 0, 0, '']), frame([1, 0, 1, 'x'])]);
  assert.deepEqual([seen.length, midFrame], [1, false]);
});

test('frame reader: a frame that has begun shows', () => {
  assert.equal(readAll([PREFACE, frame([0, 0, 1, 'abc']).subarray(0, 5)]).midFrame, true);
  assert.equal(readAll([PREFACE, frame([0, 0, 1, 'abc']).subarray(0, 11)]).midFrame, true);
});
