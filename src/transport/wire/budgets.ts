/** What a client may do that brings no call nearer its end (`bounds.ts`): frames that ask for nothing, and resets. */
import type { GrpcLimits } from '../transport.ts';
import {
  IDLE_FRAME_BURST,
  IDLE_FRAMES_PER_CALL,
  IDLE_FRAMES_PER_SECOND,
  RESETS_PER_ANSWER,
} from './bounds.ts';
import { TokenBucket } from './token-bucket.ts';

/** What has been sent that is of use to the client, counted from the beginning of its connection. */
export interface Usefulness {
  /** Messages, and large parts of them. */
  readonly framesSent: number;
  /** Calls that a handler has answered. */
  readonly callsAnswered: number;
}

export class Budgets {
  readonly #useful: Usefulness;
  readonly #idleFrames: TokenBucket;
  readonly #resets: TokenBucket;
  #framesSent = 0;
  #callsAnswered = 0;

  constructor(useful: Usefulness, limits: GrpcLimits, nowMs: number) {
    this.#useful = useful;
    this.#idleFrames = new TokenBucket(IDLE_FRAME_BURST, IDLE_FRAMES_PER_SECOND, nowMs);
    this.#resets = new TokenBucket(limits.resetBurst, limits.resetsPerSecond, nowMs);
  }

  /** False when there were too many. */
  takeIdleFrame(nowMs: number): boolean {
    const { framesSent } = this.#useful;
    if (framesSent !== this.#framesSent) {
      this.#idleFrames.give((framesSent - this.#framesSent) * IDLE_FRAMES_PER_CALL);
      this.#framesSent = framesSent;
    }
    return this.#idleFrames.take(nowMs);
  }

  /** False when there were too many. */
  takeReset(nowMs: number): boolean {
    const { callsAnswered } = this.#useful;
    if (callsAnswered !== this.#callsAnswered) {
      this.#resets.give((callsAnswered - this.#callsAnswered) * RESETS_PER_ANSWER);
      this.#callsAnswered = callsAnswered;
    }
    return this.#resets.take(nowMs);
  }
}
