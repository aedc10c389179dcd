import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageMeter } from './message-meter.ts';
import { PIECE_BYTES } from './pieces.ts';

function frame(length: number, flag = 0): Buffer {
  const bytes = Buffer.alloc(5 + length, 0xff);
  bytes.writeUInt8(flag, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

test('message meter: what is compressed costs what it may become, up to the limit', () => {
  for (const [bytes, cost] of [
    [frame(0), 5],
    [frame(10), 15],
    [frame(10, 1), 15 + 10_320],
    [frame(1000, 1), 1005 + 100_000],
    [frame(1000, 1).subarray(0, 1004), 1004],
    [Buffer.concat([frame(0), frame(1, 1), frame(1, 7)]), 17 + 2 * 1032],
  ] as const) {
    assert.equal(new MessageMeter(100_000).read(bytes), PIECE_BYTES + cost);
  }
});

test('message meter: cut anywhere, the same messages; each gives back what it cost', () => {
  const messages = fc.array(fc.tuple(fc.nat(300), fc.boolean()), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }), (list, cuts) => {
      const bytes = Buffer.concat(list.map(([length, compressed]) => frame(length, Number(compressed))));
      const meter = new MessageMeter(100_000);
      let cost = 0;
      let pieces = 0;
      for (let at = 0; at < bytes.length; pieces++) {
        const end = at + (cuts[pieces % cuts.length] ?? 1);
        cost += meter.read(bytes.subarray(at, end));
        at = end;
      }
      const inflated = list.reduce((sum, [length, compressed]) => sum + (compressed ? length * 1032 : 0), 0);
      const capped = list.every(([length]) => length * 1032 <= 100_000);
      if (capped) assert.equal(cost, bytes.length + pieces * PIECE_BYTES + inflated);
      const back = list.map(() => meter.taken());
      assert.equal(
        back.reduce((sum, each) => sum + each, 0),
        cost,
      );
      assert.equal(meter.taken(), 0);
    }),
  );
});
