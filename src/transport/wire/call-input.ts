/** What takes in the request of a call. */
import type { Buffer } from 'node:buffer';

export interface CallInput {
  /** Whether it holds something that no handler has asked for yet. */
  readonly untaken: boolean;
  /** A part of the body, in `bytes` from `start` to `end`, which never change afterwards. */
  data(bytes: Buffer, start: number, end: number): void;
  /** The client has sent all of it. */
  end(): void;
  /** The client has gone, or the call has ended otherwise. */
  stop(): void;
}
