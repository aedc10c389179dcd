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
 * as it is, and its bytes lie in memory that they share.
 */
export interface HeapImage extends DataSegment {
  /** The memory from `start` to `end`. Written by nobody. */
  readonly bytes: Uint8Array;
}

/** So much is copied at a time: some 0.3 ms, more where the pages of the memory are touched for the first time. */
export const IMAGE_CHUNK_BYTES: number = 512 * 1024;
