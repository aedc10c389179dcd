import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Output } from './output.ts';

function put(out: Output, text: string): void {
  const at = out.reserve(text.length);
  out.bytes.write(text, at, 'latin1');
  out.length = at + text.length;
}

test('output: grows, keeps what it has, and hands all of it over once', () => {
  const out = new Output();
  const expected: string[] = [];
  for (let index = 0; index < 100; index++) {
    expected.push(`${index}`.repeat(500));
    put(out, expected.at(-1)!);
  }
  const written: string[] = [];
  const write = (bytes: Buffer): boolean => written.push(bytes.toString('latin1')) > 0;
  out.flush(write);
  out.flush(write);
  assert.deepEqual(written, [expected.join('')]);
});

test('output: bytes that the socket still holds are never written over', () => {
  const [one, other] = [new Output(), new Output()];
  let held = Buffer.alloc(0);
  put(one, 'held');
  one.flush((bytes) => {
    held = bytes as Buffer<ArrayBuffer>;
    return false;
  });
  for (let index = 0; index < 20; index++) {
    for (const out of [one, other]) {
      put(out, 'more');
      out.flush(() => true);
    }
  }
  assert.equal(held.toString(), 'held');
});

test('output: two connections that write at once do not share a buffer', () => {
  const [one, other] = [new Output(), new Output()];
  put(one, 'x');
  one.flush(() => true);
  put(one, 'one');
  put(other, 'two');
  assert.equal(one.bytes.toString('latin1', 0, one.length), 'one');
  assert.equal(other.bytes.toString('latin1', 0, other.length), 'two');
});
