/** Whole requests of gRPC as frames. */
import { CONTINUATION, data, END_HEADERS, END_STREAM, frame, headers, message } from './frames.ts';
import { encodeBlock, type Field } from './hpack.ts';
import type { WireClient } from './raw-client.ts';
import type { Answer } from './stream-record.ts';

/** What a frame may hold before SETTINGS say more. */
const FRAME_BYTES = 16_384;

/** The fields of a request; those given by name take the place of the usual ones, `undefined` leaves one out. */
export function requestFields(
  path: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Field[] {
  const fields: Record<string, string | undefined> = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...changes,
  };
  return Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
}

/** HEADERS, and CONTINUATION for what does not fit. */
export function headerFrames(
  stream: number,
  block: Uint8Array,
  flags = 0,
  frameBytes: number = FRAME_BYTES,
): Buffer {
  const first = block.subarray(0, frameBytes);
  const frames = [headers(stream, first, flags | (first.length === block.length ? END_HEADERS : 0))];
  for (let at = frameBytes; at < block.length; at += frameBytes) {
    const isLast = at + frameBytes >= block.length;
    frames.push(frame(CONTINUATION, isLast ? END_HEADERS : 0, stream, block.subarray(at, at + frameBytes)));
  }
  return Buffer.concat(frames);
}

/** DATA frames of bytes that fit the windows; the last one ends the stream. */
function dataFrames(stream: number, bytes: Uint8Array, frameBytes: number = FRAME_BYTES): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += frameBytes) {
    const isLast = at + frameBytes >= bytes.length;
    frames.push(data(stream, bytes.subarray(at, at + frameBytes), isLast ? END_STREAM : 0));
  }
  return Buffer.concat(frames);
}

/** A whole unary request; `body` is the bytes of DATA, a message in its prefix. */
export function request(
  stream: number,
  path: string,
  body: Uint8Array,
  changes: Readonly<Record<string, string | undefined>> = {},
): Buffer {
  return Buffer.concat([
    headerFrames(stream, encodeBlock(requestFields(path, changes))),
    dataFrames(stream, body),
  ]);
}

/** Asks on the client's next stream and waits for the answer. */
export function call(
  client: WireClient,
  path: string,
  text: Uint8Array | string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const stream = client.nextStream();
  client.write(request(stream, path, message(text), changes));
  return client.answer(stream);
}
