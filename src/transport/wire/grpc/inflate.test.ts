import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { inflate } from './inflate.ts';

const TEXT = Buffer.from('policy '.repeat(1000));
const CORRUPT = gzipSync(TEXT);
CORRUPT.fill(0, CORRUPT.length - 8);
const BOMB = Buffer.alloc(32 * 1024 * 1024);

const ROWS: Readonly<
  Record<
    string,
    readonly [encoding: 'gzip' | 'deflate', bytes: Uint8Array, maxBytes: number, expected: Buffer | string]
  >
> = {
  gzip: ['gzip', gzipSync(TEXT), 10_000, TEXT],
  deflate: ['deflate', deflateSync(TEXT), 10_000, TEXT],
  'exactly the limit': ['gzip', gzipSync(TEXT), TEXT.length, TEXT],
  'one byte beyond the limit': ['gzip', gzipSync(TEXT), TEXT.length - 1, 'oversized'],
  'nothing, of nothing': ['gzip', gzipSync(''), 0, Buffer.alloc(0)],
  'a byte where nothing is allowed': ['gzip', gzipSync('a'), 0, 'oversized'],
  'bomb in gzip': ['gzip', gzipSync(BOMB), 1_000_000, 'oversized'],
  'bomb in deflate': ['deflate', deflateSync(BOMB), 1_000_000, 'oversized'],
  'cut off': ['gzip', gzipSync(TEXT).subarray(0, -9), 10_000, 'broken'],
  'no bytes': ['gzip', Buffer.alloc(0), 10_000, 'broken'],
  'not compressed': ['gzip', TEXT, 10_000, 'broken'],
  'wrong checksum': ['gzip', CORRUPT, 10_000, 'broken'],
  'gzip as deflate': ['deflate', gzipSync(TEXT), 10_000, 'broken'],
  'deflate without its header': ['deflate', deflateRawSync(TEXT), 10_000, 'broken'],
};

for (const [name, [encoding, bytes, maxBytes, expected]] of Object.entries(ROWS)) {
  test(name, async () => assert.deepEqual(await inflate(encoding, bytes, maxBytes), expected));
}
