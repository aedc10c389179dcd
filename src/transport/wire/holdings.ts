/** What the calls of one connection hold in memory, and whether it may begin more of them. */
import type { Account } from '../request-accounts.ts';
import type { WireScope } from './scope.ts';

export class Holdings {
  readonly account: Account = { heldBytes: 0, requests: new Set() };
  /** Answers were thrown away because it held too many that the client does not take. */
  takesNoAnswers = false;
  readonly #scope: WireScope;
  #reading = false;
  /** The buffer of this read that is counted already for a call that keeps a part of it. */
  #counted: ArrayBufferLike | undefined = undefined;

  constructor(scope: WireScope) {
    this.#scope = scope;
  }

  beginRead(): void {
    this.#reading = true;
  }

  endRead(): void {
    this.#reading = false;
    this.#counted = undefined;
  }

  /** Whether it holds so much that no handler is to begin: what it would answer could not be kept. */
  full(): boolean {
    const { limits, accounts } = this.#scope;
    const { maxPendingBytesPerConnection } = limits;
    const { heldBytes } = this.account;
    if (this.takesNoAnswers) this.takesNoAnswers = heldBytes > maxPendingBytesPerConnection / 2;
    return (
      this.takesNoAnswers || heldBytes > maxPendingBytesPerConnection || accounts.overdrawnBy(this.account)
    );
  }

  /** What keeping a message holds in memory: of all that were read at once, the first pays for the whole. */
  heldBy(message: Uint8Array): number {
    if (message.buffer === this.#counted) return message.length;
    // Outside of a read nothing else lies in the same buffer, and remembering it would keep it.
    if (this.#reading) this.#counted = message.buffer;
    return message.buffer.byteLength;
  }
}
