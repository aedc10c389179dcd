import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusFields } from './answer-fields.ts';

/** The message of a status for who takes so many bytes of fields; undefined when there is no room for any. */
function told(message: string, maxListBytes: number): string | undefined {
  const fields = statusFields(5, message, true, [], maxListBytes);
  assert.deepEqual(fields.slice(0, 2), ['grpc-status', '5']);
  return fields[3] === undefined ? undefined : decodeURIComponent(fields[3]);
}

/** `grpc-status: 5`, and `grpc-message` without its value. */
const REST_BYTES = 32 + 12 + 32 + 12;

test('a message that fits is told whole, and one that does not is halved until it fits', () => {
  const message = 'abcdefgh'.repeat(4);
  assert.equal(told(message, REST_BYTES + 32), message);
  assert.equal(told(message, REST_BYTES + 31), message.slice(0, 16));
  assert.equal(told(message, REST_BYTES + 16), message.slice(0, 16));
  assert.equal(told(message, REST_BYTES + 15), message.slice(0, 8));
  assert.equal(told(message, REST_BYTES + 1), 'a');
  assert.equal(told(message, REST_BYTES), undefined);
  assert.equal(told(message, 0), undefined);
});

test('a character of two units that the cut would halve goes with the rest', () => {
  // The clef is 12 bytes on the wire.
  assert.equal(told('\u{1d11e}a\u{1d11e}\u{1d11e}', REST_BYTES + 36), '\u{1d11e}a');
  assert.equal(told('a\u{1d11e}bc', REST_BYTES + 14), 'a');
  assert.equal(told('a\u{1d11e}\u{1d11e}\u{1d11e}', REST_BYTES + 30), 'a\u{1d11e}');
  assert.equal(told('\u{1d11e}', REST_BYTES + 11), undefined);
});

test('half of a pair that was in the message stays what it was', () => {
  assert.equal(told('\ud800abc\udc00xyz', REST_BYTES + 15), '\ufffdabc');
});
