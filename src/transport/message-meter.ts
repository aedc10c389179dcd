/** What the messages of one stream cost the server in memory, read off their bytes as they arrive. */
import { PIECE_BYTES } from './pieces.ts';

/** A message is preceded by its flag and its length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;
/** Deflate makes at most this much of a byte. */
const MAX_INFLATION = 1032;

export class MessageMeter {
  /** A message has come, or begun to, that is longer than it may be. */
  oversized = false;
  readonly #maxMessageBytes: number;
  /** The cost of each whole message that nobody has taken yet. */
  readonly #whole: number[] = [];
  #prefixBytes = 0;
  #compressed = false;
  #length = 0;
  #left = 0;
  #cost = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether there is a whole message that nobody has taken. */
  get hasMessage(): boolean {
    return this.#whole.length > 0;
  }

  /**
   * The bytes by which a piece adds to what is held. A compressed message costs as soon as it is whole what it may be inflated
   * to, since it is inflated at once.
   */
  read(piece: Uint8Array): number {
    let cost = PIECE_BYTES + piece.length;
    this.#cost += cost;
    for (let at = 0; at < piece.length; ) {
      if (this.#prefixBytes < PREFIX_BYTES) this.#readPrefix(piece[at++] ?? 0);
      else {
        const taken = Math.min(this.#left, piece.length - at);
        this.#left -= taken;
        at += taken;
      }
      if (this.#prefixBytes === PREFIX_BYTES && this.#left === 0) cost += this.#end();
    }
    return cost;
  }

  /** The oldest whole message has been taken; gives what it had cost. */
  taken(): number {
    return this.#whole.shift() ?? 0;
  }

  #readPrefix(byte: number): void {
    if (this.#prefixBytes === 0) {
      this.#compressed = byte !== 0;
      this.#length = 0;
    } else this.#length = this.#length * 256 + byte;
    this.#prefixBytes++;
    this.#left = this.#length;
    if (this.#prefixBytes === PREFIX_BYTES && this.#length > this.#maxMessageBytes) this.oversized = true;
  }

  /** Ends a message; gives what inflating it may cost. */
  #end(): number {
    const cost = this.#compressed ? Math.min(this.#length * MAX_INFLATION, this.#maxMessageBytes) : 0;
    this.#whole.push(this.#cost + cost);
    this.#cost = 0;
    this.#prefixBytes = 0;
    return cost;
  }
}
