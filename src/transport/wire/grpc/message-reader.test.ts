import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOneWholeMessage, MessageReader, PREFIX_BYTES, writePrefix } from './message-reader.ts';

interface Message {
  readonly compressed: boolean;
  readonly bytes: Uint8Array;
}

function frame({ compressed, bytes }: Message): Buffer {
  const out = Buffer.alloc(PREFIX_BYTES + bytes.length);
  out.set(bytes, writePrefix(out, 0, bytes.length));
  if (compressed) out[0] = 1;
  return out;
}

function readAll(
  reader: MessageReader,
  piece: Buffer,
  found: Message[],
  start = 0,
  end: number = piece.length,
): void {
  for (let at = start; at < end; ) {
    at = reader.read(piece, at, end);
    if (reader.message !== undefined)
      found.push({ compressed: reader.compressed, bytes: Buffer.from(reader.message) });
  }
}

test('any messages in any pieces come out as they are', () => {
  const bytes = fc
    .oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 1000, maxLength: 5000 }))
    .map((bytes) => Buffer.from(bytes));
  const message = fc.record({ compressed: fc.boolean(), bytes }, { noNullPrototype: true });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1 }),
      (messages, sizes) => {
        const whole = Buffer.concat(messages.map(frame));
        const reader = new MessageReader(5000);
        const found: Message[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const piece = Buffer.from(whole.subarray(at, at + sizes[turn % sizes.length]!));
          readAll(reader, piece, found);
          at += piece.length;
          // A read buffer is used again: nothing may be left in it.
          piece.fill(0xee);
          assert.ok(reader.heldBytes <= Math.max(2 * 5000, 1024));
        }
        assert.deepEqual(found, messages);
        assert.deepEqual([reader.unfinished, reader.heldBytes, reader.fault], [false, 0, undefined]);
      },
    ),
  );
});

test('a message wholly in a piece is a view of it, between the bounds given', () => {
  const piece = Buffer.concat([
    Buffer.from([9, 9]),
    frame({ compressed: false, bytes: Buffer.from('abc') }),
    Buffer.from([9]),
  ]);
  const reader = new MessageReader(3);
  assert.equal(reader.read(piece, 2, 10), 10);
  assert.equal(reader.message?.buffer, piece.buffer);
  assert.equal(reader.message?.toString(), 'abc');
  assert.equal(reader.unfinished, false);
});

test('the last read says when there is no message', () => {
  const reader = new MessageReader(10);
  const piece = Buffer.concat([frame({ compressed: false, bytes: Buffer.from('a') }), Buffer.from([0, 0])]);
  const at = reader.read(piece, 0, piece.length);
  assert.equal(reader.message?.toString(), 'a');
  assert.equal(reader.read(piece, at, piece.length), piece.length);
  assert.equal(reader.message, undefined);
  assert.equal(reader.unfinished, true);
});

const FAULTS: Readonly<Record<string, readonly [hex: string, fault: string]>> = {
  'one byte more than allowed': ['0000000065', 'oversized'],
  'the longest length': ['00ffffffff', 'oversized'],
  'oversized and compressed': ['0100000065', 'oversized'],
  'a flag of 2': ['02', 'bad-flag'],
  'a flag of 255': ['ff00000001', 'bad-flag'],
  'after a good message': ['00000000016100000000ff', 'oversized'],
};

for (const [name, [hex, fault]] of Object.entries(FAULTS)) {
  test(`refused before its bytes come: ${name}`, () => {
    const bytes = Buffer.from(hex, 'hex');
    for (const size of [1, bytes.length]) {
      const reader = new MessageReader(100);
      for (let at = 0; at < bytes.length; at += size) readAll(reader, bytes.subarray(at, at + size), []);
      assert.equal(reader.fault, fault);
      assert.equal(reader.read(bytes, 0, 3), 3, 'the rest is passed over');
      assert.deepEqual([reader.message, reader.heldBytes], [undefined, 0]);
    }
  });
}

test('what is held follows what has come, not what is announced, and is copied a bounded number of times', () => {
  const length = 4 * 1024 * 1024;
  const reader = new MessageReader(length);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  writePrefix(prefix, 0, length);
  reader.read(prefix, 0, PREFIX_BYTES);
  assert.equal(reader.heldBytes, 0);
  const piece = Buffer.alloc(1000, 'x');
  let held = 0;
  let growths = 0;
  for (let sent = 0; sent < length; sent += piece.length) {
    reader.read(piece, 0, Math.min(piece.length, length - sent));
    if (reader.message !== undefined) break;
    assert.ok(reader.heldBytes <= 2 * (sent + piece.length));
    if (reader.heldBytes !== held) growths++;
    held = reader.heldBytes;
  }
  assert.ok(growths <= 14, `${growths} times`);
  assert.equal(reader.message?.equals(Buffer.alloc(length, 'x')), true);
  assert.equal(reader.message?.buffer.byteLength, length);
});

const WHOLE: Readonly<Record<string, readonly [hex: string, is: boolean]>> = {
  empty: ['0000000000', true],
  'one byte': ['000000000161', true],
  compressed: ['010000000161', false],
  'cut off': ['000000000261', false],
  'two messages': ['00000000000000000000', false],
  'a prefix that is cut off': ['00000000', false],
  nothing: ['', false],
  'a length beyond 2^31': ['00ffffffff61', false],
};

for (const [name, [hex, is]] of Object.entries(WHOLE)) {
  test(`whether a piece is one message: ${name}`, () => {
    const bytes = Buffer.from(`ff${hex}ff`, 'hex');
    assert.equal(isOneWholeMessage(bytes, 1, bytes.length - 1), is);
  });
}
