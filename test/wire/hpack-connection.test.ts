/** RFC 7541 over a connection: tables on both sides, their sizes, and blocks in every form and in any pieces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h2 from './frames.ts';
import { encodeBlock, indexed, literal, tableSize } from './hpack.ts';
import type { WireClient } from './raw-client.ts';
import { call, headerFrames, requestFields } from './requests.ts';
import { ECHO, HEADER, startWire } from './server.ts';

/** Asks for the value of a header whose field is encoded as given; the other fields are plain literals. */
async function askHeader(
  client: WireClient,
  name: string,
  field: Uint8Array,
  first: Uint8Array = Buffer.alloc(0),
): Promise<string> {
  const stream = client.nextStream();
  const block = Buffer.concat([first, encodeBlock(requestFields(HEADER)), field]);
  client.write(headerFrames(stream, block), h2.data(stream, h2.message(name), h2.END_STREAM));
  const { messages, grpcStatus, reset } = await client.answer(stream);
  assert.equal(grpcStatus, 0, `reset ${reset}, goaway ${client.goaway}`);
  return String(messages[0]?.bytes);
}

test('6: a field in every form, with and without Huffman', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const huffman of [false, true]) {
    for (const form of ['without', 'incremental', 'never'] as const) {
      const value = `${form}-${huffman}-~%{}|<>`;
      assert.equal(await askHeader(client, 'x-form', literal('x-form', value, form, huffman)), value);
      // A name out of the static table: accept-language is 17.
      assert.equal(await askHeader(client, 'accept-language', literal(17, value, form, huffman)), value);
    }
  }
  // A name out of the dynamic table: the newest of what was added above.
  assert.equal(await askHeader(client, 'accept-language', literal(62, 'again')), 'again');
});

test('2.3.3: entries are found across requests, and in the order of their ages', async (t) => {
  const client = await (await startWire(t)).connect();
  for (let index = 0; index < 20; index++)
    await askHeader(client, 'x', literal(`x-${index}`, `value ${index}`, 'incremental'));
  for (let index = 0; index < 20; index++)
    assert.equal(await askHeader(client, `x-${index}`, indexed(62 + 19 - index)), `value ${index}`);
});

test('4.4: entries are evicted oldest first, and one larger than the table empties it', async (t) => {
  const client = await (await startWire(t)).connect();
  // 32 + 6 + 1000: three fit 4,096, the fourth does not.
  for (let index = 0; index < 4; index++)
    await askHeader(client, 'x', literal(`x-abc${index}`, String(index).repeat(1000), 'incremental'));
  assert.equal(await askHeader(client, 'x-abc3', indexed(62)), '3'.repeat(1000));
  assert.equal(await askHeader(client, 'x-abc1', indexed(64)), '1'.repeat(1000));
  // A name that is evicted by the entry that takes it (4.4) is still that name.
  assert.equal(
    await askHeader(client, 'x-abc1', literal(64, 'y'.repeat(3000), 'incremental')),
    'y'.repeat(3000),
  );
  await askHeader(client, 'x', literal('x-huge', 'z'.repeat(5000), 'incremental'));
  client.write(headerFrames(client.nextStream(), indexed(62)));
  assert.equal(await client.closed(), h2.COMPRESSION_ERROR);
});

test('6.3: the size of the table follows the encoder, within what the server allows', async (t) => {
  const client = await (await startWire(t)).connect();
  await askHeader(client, 'x', literal('x-one', 'a', 'incremental'));
  assert.equal(await askHeader(client, 'x-two', literal('x-two', 'b', 'incremental'), tableSize(0)), 'b');
  const both = Buffer.concat([tableSize(0), tableSize(4096)]);
  assert.equal(await askHeader(client, 'x-three', literal('x-three', 'c', 'incremental'), both), 'c');
  assert.equal(await askHeader(client, 'x-three', indexed(62)), 'c');
  client.write(headerFrames(client.nextStream(), Buffer.concat([tableSize(1_000_000)])));
  assert.equal(await client.closed(), h2.COMPRESSION_ERROR);
});

test('4.2: a size update after a field is an error', async (t) => {
  const client = await (await startWire(t)).connect();
  client.write(headerFrames(1, Buffer.concat([encodeBlock(requestFields(ECHO)), tableSize(100)])));
  assert.equal(await client.closed(), h2.COMPRESSION_ERROR);
});

const BROKEN: readonly (readonly [section: string, what: string, block: Buffer])[] = [
  [
    '5.1',
    'an integer that never ends',
    Buffer.concat([Buffer.from([0x7f]), Buffer.alloc(100, 0xff), Buffer.from([1])]),
  ],
  ['5.1', 'an integer beyond 2^32', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ['5.2', 'a string longer than its block', Buffer.from([0x00, 0x7f, 0x10, 0x61])],
  ['5.2', 'Huffman padding of a whole byte', Buffer.from([0x00, 0x01, 0x78, 0x82, 0x1f, 0xff])],
  ['5.2', 'Huffman padding of zeros', Buffer.from([0x00, 0x01, 0x78, 0x81, 0x18])],
  ['5.2', 'EOS inside of a string', Buffer.from([0x00, 0x01, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff])],
  ['6.1', 'index 0', Buffer.from([0x80])],
  ['2.3.3', 'an index above both tables', Buffer.from([0xbe])],
  ['6.2', 'a name at an index above both tables', Buffer.from([0x7f, 0x20, 0x01, 0x61])],
];
for (const [section, what, block] of BROKEN) {
  test(`${section}: ${what} is COMPRESSION_ERROR`, async (t) => {
    const client = await (await startWire(t)).connect();
    client.write(headerFrames(1, Buffer.concat([encodeBlock(requestFields(ECHO)), block])));
    assert.equal(await client.closed(), h2.COMPRESSION_ERROR);
  });
}

test("the server's encoder keeps to the table that the client allows, and says so when it shrinks", async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  const size = (bytes: number): void => {
    client.decoder.maxTableBytes = bytes;
    client.write(h2.settings([h2.HEADER_TABLE_SIZE, bytes]));
  };
  // The client's decoder throws where an answer does not fit its table.
  for (const bytes of [4096, 0, 64, 4096, 1_000_000, 0, 4096]) {
    await client.synced();
    size(bytes);
    await client.synced();
    for (let index = 0; index < 3; index++) assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
    assert.ok(client.decoder.heldBytes <= bytes);
  }
  // Two changes before the next answer: the smallest must be told (4.2).
  size(0);
  size(4096);
  for (let index = 0; index < 3; index++) assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
});

test('a table of 0 from the first SETTINGS on', async (t) => {
  const opening = Buffer.concat([h2.PREFACE, h2.settings([h2.HEADER_TABLE_SIZE, 0])]);
  const client = await (await startWire(t)).connect({ opening });
  for (let index = 0; index < 3; index++) assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
  assert.equal(client.decoder.heldBytes, 0);
});

test('6.10: a block split at every byte, and one in seven frames', async (t) => {
  const client = await (await startWire(t)).connect();
  const block = Buffer.concat([
    encodeBlock(requestFields(HEADER)),
    literal('x-split', 'value', 'never', true),
  ]);
  const ask = async (...frames: readonly Buffer[]): Promise<void> => {
    const stream = client.nextStream();
    const own = frames.map((frame) =>
      Buffer.concat([frame.subarray(0, 5), h2.uint32(stream), frame.subarray(9)]),
    );
    client.write(...own, h2.data(stream, h2.message('x-split'), h2.END_STREAM));
    assert.equal(String((await client.answer(stream)).messages[0]?.bytes), 'value');
  };
  for (let at = 0; at <= block.length; at++) {
    await ask(
      h2.headers(1, block.subarray(0, at), 0),
      h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1, block.subarray(at)),
    );
  }
  const pieceBytes = Math.ceil(block.length / 7);
  const pieces = Array.from({ length: 7 }, (_, index) => {
    const flags = index === 6 ? h2.END_HEADERS : 0;
    const piece = block.subarray(index * pieceBytes, (index + 1) * pieceBytes);
    return h2.frame(index === 0 ? h2.HEADERS : h2.CONTINUATION, flags, 1, piece);
  });
  await ask(...pieces);
});

test('1,000 requests, each with a traceparent of its own in the table', async (t) => {
  const client = await (await startWire(t)).connect();
  const block = encodeBlock(requestFields(HEADER));
  const asked: (readonly [number, string])[] = [];
  for (let index = 0; index < 1000; index++) {
    const stream = client.nextStream();
    const value = `00-${String(index).padStart(32, '0')}-b7ad6b7169203331-01`;
    const field = literal('traceparent', value, 'incremental', index % 2 === 0);
    client.write(
      headerFrames(stream, Buffer.concat([block, field])),
      h2.data(stream, h2.message('traceparent'), h2.END_STREAM),
    );
    asked.push([stream, value]);
  }
  for (const [stream, value] of asked)
    assert.equal(String((await client.answer(stream)).messages[0]?.bytes), value);
});
