/** A power of two. At 5 bytes each, 40 KB an evaluator. */
const SLOTS = 8192;
/** An attempt can fail because the machine was busy; a second one tells. */
const MAX_FAILURES = 2;

/**
 * Remembers, as far as it has room, which questions were asked before and whether attempts failed for them. A question that comes
 * again is worth more than one that may never do so.
 */
export class Attempted {
  readonly #hashes: Uint32Array = new Uint32Array(SLOTS);
  readonly #failures: Uint8Array = new Uint8Array(SLOTS);

  /** Whether a question was asked before and has not failed twice. Remembers that it was asked. */
  isPromising(hash: number): boolean {
    const slot = hash % SLOTS;
    if (this.#hashes[slot] === hash) return this.#failures[slot]! < MAX_FAILURES;
    this.#hashes[slot] = hash;
    this.#failures[slot] = 0;
    return false;
  }

  failed(hash: number): void {
    const slot = hash % SLOTS;
    if (this.#hashes[slot] === hash && this.#failures[slot]! < MAX_FAILURES) this.#failures[slot]!++;
  }
}

/** 32 bits that tell questions apart well enough to choose what to attempt (FNV-1a); never what to answer. */
export function questionHash(entrypoint: string, inputJson: Uint8Array | undefined): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < entrypoint.length; i++) hash = Math.imul(hash ^ entrypoint.charCodeAt(i), 0x01000193);
  if (inputJson !== undefined) {
    for (let i = 0; i < inputJson.length; i++) hash = Math.imul(hash ^ inputJson[i]!, 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
