/**
 * The streams that we have reset last. The client may have sent frames to them before it knew, and those are no mistake
 * (RFC 9113, 5.1, "closed"); of the older ones it has had time to learn.
 */
export class ResetStreams {
  readonly #ids: Int32Array;
  #next = 0;

  constructor(remembered: number) {
    this.#ids = new Int32Array(remembered);
  }

  add(id: number): void {
    this.#ids[this.#next] = id;
    this.#next = (this.#next + 1) % this.#ids.length;
  }

  has(id: number): boolean {
    return this.#ids.includes(id);
  }
}
