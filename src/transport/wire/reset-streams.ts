/**
 * The streams that we have reset last. The client may have sent frames to them before it knew, and those are no mistake
 * (RFC 9113, 5.1, "closed"); of the older ones it has had time to learn.
 */
export class ResetStreams {
  readonly #remembered: number;
  /** Made when needed: most connections reset nothing. */
  #ids: Int32Array | undefined;
  #next = 0;

  constructor(remembered: number) {
    this.#remembered = remembered;
  }

  add(id: number): void {
    this.#ids ??= new Int32Array(this.#remembered);
    this.#ids[this.#next] = id;
    this.#next = (this.#next + 1) % this.#remembered;
  }

  has(id: number): boolean {
    return this.#ids?.includes(id) === true;
  }
}
