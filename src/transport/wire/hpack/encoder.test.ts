import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { NaiveDecoder } from '../../../../bench/hpack-naive.ts';
import { HpackDecoder } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { PreparedFields } from './prepared-fields.ts';

const HEADERS = new PreparedFields([':status', '200', 'content-type', 'application/grpc+proto']);
const TRAILERS = new PreparedFields(['grpc-status', '0']);
const PREPARED = [HEADERS, TRAILERS, new PreparedFields(['x-long', 'v'.repeat(80), 'grpc-status', '13'])];

const out = Buffer.alloc(64 * 1024);
const hex = (end: number): string => out.toString('hex', 0, end);

test('prepared fields are inserted once, then referred to', () => {
  const encoder = new HpackEncoder();
  const decoder = new NaiveDecoder(4096);
  const sizes: number[] = [];
  for (let call = 0; call < 4; call++) {
    for (const prepared of [HEADERS, TRAILERS]) {
      const end = encoder.encodePrepared(out, 0, prepared);
      sizes.push(end);
      assert.deepEqual(decoder.decode(out.subarray(0, end)).flat(), prepared.fields);
    }
  }
  assert.deepEqual(sizes.slice(2), [2, 1, 2, 1, 2, 1]);
  assert.ok(sizes[0]! <= HEADERS.maxBytes && sizes[1]! <= TRAILERS.maxBytes);
});

test('a table that is too small gets literals, and one that shrinks is emptied first', () => {
  const encoder = new HpackEncoder();
  encoder.encodePrepared(out, 0, TRAILERS);
  encoder.encodePrepared(out, 0, TRAILERS);
  encoder.setMaxTableBytes(20);
  const decoder = new NaiveDecoder(20);
  const first = encoder.encodePrepared(out, 0, TRAILERS);
  // Sizes 0 and 20, then the literal, which stays one.
  assert.ok(hex(first).startsWith('203400'));
  assert.deepEqual(decoder.decode(out.subarray(0, first)), [['grpc-status', '0']]);
  const second = encoder.encodePrepared(out, 0, TRAILERS);
  assert.equal(second, first - 2);
  assert.deepEqual(decoder.decode(out.subarray(0, second)), [['grpc-status', '0']]);
  assert.equal(decoder.table.length, 0);
});

test('a table of none', () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableBytes(0);
  const decoder = new NaiveDecoder(0);
  for (const starts of ['2088', '88']) {
    const end = encoder.encodePrepared(out, 0, HEADERS);
    assert.ok(hex(end).startsWith(starts));
    assert.deepEqual(decoder.decode(out.subarray(0, end)).flat(), HEADERS.fields);
  }
});

test('a larger table is not used, and owes nothing', () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableBytes(2 ** 32 - 1);
  encoder.setMaxTableBytes(4096);
  assert.equal(hex(encoder.encode(out, 0, [':status', '200'])), '88');
});

test('other fields are never inserted, and referred to where the tables have them', () => {
  const encoder = new HpackEncoder();
  const fields = ['grpc-status', '13', 'grpc-message', 'no', ':status', '404', 'content-type', 'text/plain'];
  const decoder = new NaiveDecoder(4096);
  for (let i = 0; i < 2; i++) {
    const end = encoder.encode(out, 0, fields);
    assert.deepEqual(decoder.decode(out.subarray(0, end)).flat(), fields);
    assert.ok(end <= encoder.maxEncodedBytes(fields));
  }
  assert.equal(decoder.table.length, 0);
  encoder.encodePrepared(out, 0, TRAILERS);
  assert.equal(encoder.encode(out, 0, ['grpc-status', '0']), 1);
});

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});
const names = fc.oneof(latin1, fc.constantFrom(':status', 'content-type', 'te', 'grpc-status', 'x-long'));
const step = fc.oneof(
  fc.record({ prepared: fc.constantFrom(...PREPARED) }),
  fc.record({ fields: fc.array(fc.tuple(names, latin1), { maxLength: 5 }).map((fields) => fields.flat()) }),
  fc.record({ tableBytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(4096, 65_536)) }),
);

test('what is encoded comes back, while the size of the table changes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 1e9 });
      for (const step of steps) {
        if ('tableBytes' in step) {
          encoder.setMaxTableBytes(step.tableBytes);
          decoder.setMaxTableBytes(step.tableBytes);
          continue;
        }
        const fields = 'fields' in step ? step.fields : step.prepared.fields;
        const end =
          'fields' in step ? encoder.encode(out, 7, fields) : encoder.encodePrepared(out, 7, step.prepared);
        assert.ok(end - 7 <= encoder.maxEncodedBytes(fields));
        const block = decoder.decode(out, 7, end);
        assert.deepEqual(
          block.names.flatMap((name, i) => [name, block.values[i]!]),
          fields,
        );
      }
    }),
    { numRuns: 300 },
  );
});
