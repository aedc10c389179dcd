/**
 * Header blocks as a real client encodes them, dynamic table and Huffman included: nghttp2's, through node:http2 with a stream in
 * place of a socket. What it writes depends on the blocks before, so a series is good for one connection and in its order.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { Duplex } from 'node:stream';

const FRAME_HEADER_BYTES = 9;
const PREFACE_BYTES = 24;
const HEADERS = 1;
const PADDED = 0x8;
const PRIORITY = 0x20;
const END_HEADERS = 0x4;
/** Empties the table of the server and gives it back its 4,096 bytes (RFC 7541, 6.3): the series can begin anew. */
const RESET_TABLE = Uint8Array.of(0x20, 0x3f, 0xe1, 0x1f);

export type HeaderLists = readonly Readonly<Record<string, string>>[];

/** One block for each list. The first one empties the table before, so after the last one the first may follow. */
export async function headerBlocks(lists: HeaderLists): Promise<readonly Buffer[]> {
  const blocks: Buffer[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let atPreface = true;
  const done = Promise.withResolvers<void>();
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, written) => {
      pending = Buffer.concat([pending, chunk]);
      if (atPreface && pending.length >= PREFACE_BYTES) {
        pending = pending.subarray(PREFACE_BYTES);
        atPreface = false;
      }
      if (!atPreface) pending = takeFrames(pending, blocks);
      if (blocks.length >= lists.length) done.resolve();
      written();
    },
  });
  const session = connect('http://127.0.0.1', { createConnection: () => wire });
  session.on('error', done.reject);
  // The server's settings: as many streams as one likes. And its acknowledgement of ours.
  wire.push(Buffer.from('00000604000000000000037fffffff', 'hex'));
  wire.push(Buffer.from('000000040100000000', 'hex'));
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  for (const list of lists) session.request(list, { endStream: true }).on('error', () => undefined);
  await done.promise;
  session.destroy();
  wire.destroy();
  blocks[0] = Buffer.concat([RESET_TABLE, blocks[0]!]);
  return blocks;
}

/** The same, kept in a file: encoding thousands takes a second. */
export async function keptHeaderBlocks(file: string, make: () => HeaderLists): Promise<readonly Buffer[]> {
  const kept = await readFile(file).catch(() => undefined);
  if (kept === undefined) {
    const blocks = await headerBlocks(make());
    const parts = blocks.flatMap((block) => [Buffer.of(block.length >> 8, block.length & 0xff), block]);
    await writeFile(`${file}.new`, Buffer.concat(parts));
    await rename(`${file}.new`, file);
    return blocks;
  }
  const blocks: Buffer[] = [];
  for (let at = 0; at < kept.length; ) {
    const end = at + 2 + kept.readUInt16BE(at);
    blocks.push(kept.subarray(at + 2, end));
    at = end;
  }
  return blocks;
}

/** Takes whole frames off; gives what is left. */
function takeFrames(bytes: Buffer, blocks: Buffer[]): Buffer {
  let at = 0;
  while (bytes.length - at >= FRAME_HEADER_BYTES) {
    const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    if (bytes[at + 3] === HEADERS) {
      const flags = bytes[at + 4]!;
      if ((flags & END_HEADERS) === 0 || (flags & PADDED) !== 0)
        throw new Error('a header block of one frame, unpadded');
      blocks.push(
        Buffer.from(bytes.subarray(at + FRAME_HEADER_BYTES + ((flags & PRIORITY) === 0 ? 0 : 5), end)),
      );
    }
    at = end;
  }
  return bytes.subarray(at);
}
