import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE } from './frames.ts';
import { ownSettings, PeerSettings } from './settings.ts';

function payload(...pairs: (readonly [id: number, value: number])[]): Buffer {
  const bytes = Buffer.alloc(pairs.length * 6);
  for (const [index, [id, value]] of pairs.entries()) {
    bytes.writeUInt16BE(id, index * 6);
    bytes.writeUInt32BE(value, index * 6 + 2);
  }
  return bytes;
}

test('settings: values and their bounds (RFC 9113, 6.5.2)', () => {
  const CASES: readonly (readonly [id: number, value: number, code: number])[] = [
    [1, 0xffffffff, CODE.NO_ERROR],
    [2, 1, CODE.NO_ERROR],
    [2, 2, CODE.PROTOCOL_ERROR],
    [3, 0, CODE.NO_ERROR],
    [4, 0x7fffffff, CODE.NO_ERROR],
    [4, 0x80000000, CODE.FLOW_CONTROL_ERROR],
    [5, 16_383, CODE.PROTOCOL_ERROR],
    [5, 16_384, CODE.NO_ERROR],
    [5, 0xffffff, CODE.NO_ERROR],
    [5, 0x1000000, CODE.PROTOCOL_ERROR],
    [6, 0, CODE.NO_ERROR],
    [9, 2, CODE.PROTOCOL_ERROR],
    [0xabcd, 0xffffffff, CODE.NO_ERROR],
  ];
  for (const [id, value, code] of CASES) {
    const bytes = payload([id, value]);
    assert.equal(new PeerSettings().read(bytes, 0, bytes.length), code, `${id} = ${value}`);
  }
  assert.equal(new PeerSettings().read(Buffer.alloc(5), 0, 5), CODE.FRAME_SIZE_ERROR);
});

test('settings: the last value holds, and the smallest table in between is known', () => {
  const peer = new PeerSettings();
  const bytes = Buffer.concat([
    Buffer.alloc(3),
    payload([1, 0], [4, 1], [1, 4096], [4, 2], [5, 20_000], [6, 300]),
  ]);
  assert.equal(peer.read(bytes, 3, bytes.length), CODE.NO_ERROR);
  const { headerTableBytes, leastTableBytes, streamWindowBytes, maxFrameBytes, maxHeaderListBytes } = peer;
  assert.deepEqual(
    [headerTableBytes, leastTableBytes, streamWindowBytes, maxFrameBytes, maxHeaderListBytes],
    [4096, 0, 2, 20_000, 300],
  );
  assert.equal(peer.read(bytes, 3, 3), CODE.NO_ERROR);
  assert.equal(peer.leastTableBytes, 4096);
});

test('settings: our own, as a client reads them', () => {
  const bytes = ownSettings({
    headerTableBytes: 100,
    maxConcurrentStreams: 7,
    streamWindowBytes: 70_000,
    maxHeaderBytes: 2000,
  });
  const peer = new PeerSettings();
  assert.equal(peer.read(bytes, 0, bytes.length), CODE.NO_ERROR);
  assert.deepEqual([peer.headerTableBytes, peer.streamWindowBytes], [100, 70_000]);
  assert.equal(bytes.toString('hex', 6, 12), '000300000007');
});
