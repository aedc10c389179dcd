import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** Where base data lies in a memory: the same in each instance of a module that was given the same data. */
export interface DataSegment {
  /** Where it begins and ends, bytes. */
  readonly start: number;
  readonly end: number;
  /** The address of an evaluation context with entrypoint 0 and the data set. */
  readonly context: number;
}

/**
 * What the base data has become in the memory of an instance. Each instance of the same module has its heap at the same
 * address, so that the image can be copied into any of them instead of reading the data there again. Plain data: it goes to other threads
 * as it is, and its bytes lie in memory that they share. What is large may go to one other thread, in pieces.
 */
export interface HeapImage extends DataSegment {
  /** The memory from `start` to `end`. Written by nobody. Empty where there are pieces. */
  readonly bytes: Uint8Array;
  /** Or the same in the messages of a port, `IMAGE_CHUNK_BYTES` in each. Whoever has it closes it. */
  readonly pieces?: MessagePort;
  /** The memory that the bytes are in, which is nobody's any more: it becomes that of the next instance. Not for other threads, and for one instance only. */
  readonly memory?: WebAssembly.Memory;
}

/** What is larger is not kept for threads that may start later, and in one thread not copied. */
export const LARGE_IMAGE_BYTES: number = 32 * 1024 * 1024;

/** Evaluations may have grown a memory, and it never shrinks: with more room than that, it is not given to the next instance. */
const MAX_GIVEN_ROOM_BYTES = 16 * 1024 * 1024;

/** Whether a memory is given to the next instance, with `imageBytes` of data in it and `roomBytes` behind that. */
export const isGiven = (imageBytes: number, roomBytes: number): boolean =>
  imageBytes > LARGE_IMAGE_BYTES && roomBytes <= MAX_GIVEN_ROOM_BYTES;

/** So much is copied at a time: some 0.3 ms, more where the pages of the memory are touched for the first time. */
export const IMAGE_CHUNK_BYTES: number = 512 * 1024;

const NO_BYTES = new Uint8Array(0);

/**
 * The same image to be posted to one thread, with its port among what is transferred. Each piece is freed once it is copied: a region of a hundred
 * megabytes would be freed in one go, 16 ms, and counts so much that V8 collects all garbage of the thread that gets it at once.
 */
export function inPieces({
  start,
  end,
  context,
  bytes,
}: HeapImage): HeapImage & { readonly pieces: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  for (let from = 0; from < bytes.length; from += IMAGE_CHUNK_BYTES) {
    const piece = new Uint8Array(bytes.subarray(from, from + IMAGE_CHUNK_BYTES)).buffer;
    port1.postMessage(piece, [piece]);
  }
  return { start, end, context, bytes: NO_BYTES, pieces: port2 };
}

/** Copies the next piece into `memory` at an address. `from`: which it is, counted in bytes. */
export function copyPiece(
  { bytes, pieces }: Pick<HeapImage, 'bytes' | 'pieces'>,
  from: number,
  memory: Uint8Array,
  address: number,
): void {
  if (pieces === undefined) {
    memory.set(bytes.subarray(from, from + IMAGE_CHUNK_BYTES), address);
    return;
  }
  const { message: piece } = receiveMessageOnPort(pieces) as { message: ArrayBuffer };
  memory.set(new Uint8Array(piece), address);
  // Frees it now.
  piece.transfer(0);
}
