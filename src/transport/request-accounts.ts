/** What the requests of one listener may hold in memory: those of each connection, and all together. */

export interface AccountLimits {
  readonly maxPendingBytes: number;
  readonly maxPendingBytesPerConnection: number;
}

/** A request that is counted. */
export interface Holder {
  heldBytes: number;
  /** Only what is still arriving can be refused; what a handler works on is answered. */
  readonly arriving: boolean;
  /** Gives its bytes back. */
  refuse(): void;
}

/** The requests of one connection. */
export interface Account {
  heldBytes: number;
  readonly requests: Set<Holder>;
}

export class RequestAccounts {
  readonly #limits: AccountLimits;
  /** Those that hold something. */
  readonly #accounts = new Set<Account>();
  #heldBytes = 0;

  constructor(limits: AccountLimits) {
    this.#limits = limits;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Counts bytes of a request, and refuses requests while there are too many: of a connection over its own limit the one that
   * takes it there. When all together are over theirs, the connection that holds most pays, whoever sent last: otherwise a few
   * that fill the memory would shut out everybody else.
   */
  add(account: Account, request: Holder, bytes: number): void {
    this.#accounts.add(account);
    account.requests.add(request);
    request.heldBytes += bytes;
    account.heldBytes += bytes;
    this.#heldBytes += bytes;
    if (account.heldBytes > this.#limits.maxPendingBytesPerConnection && request.arriving) request.refuse();
    while (this.#heldBytes > this.#limits.maxPendingBytes) {
      const largest = this.#largest();
      if (largest === undefined) break;
      largest.refuse();
    }
  }

  /** Whether all together hold too much, and this one its share of the limit or more: who holds little goes on. */
  overdrawnBy(account: Account): boolean {
    const { maxPendingBytes } = this.#limits;
    return this.#heldBytes > maxPendingBytes && account.heldBytes * this.#accounts.size >= maxPendingBytes;
  }

  /** Gives bytes back, as many as the request still holds. */
  remove(account: Account, request: Holder, bytes: number): void {
    const returned = Math.min(bytes, request.heldBytes);
    request.heldBytes -= returned;
    account.heldBytes -= returned;
    this.#heldBytes -= returned;
    if (request.heldBytes > 0) return;
    account.requests.delete(request);
    if (account.requests.size === 0) this.#accounts.delete(account);
  }

  /** The largest arriving request of the connection that holds most and has one. */
  #largest(): Holder | undefined {
    let most = 0;
    let found: Holder | undefined;
    for (const account of this.#accounts) {
      if (account.heldBytes <= most) continue;
      const holder = largestArriving(account);
      if (holder === undefined) continue;
      most = account.heldBytes;
      found = holder;
    }
    return found;
  }
}

function largestArriving({ requests }: Account): Holder | undefined {
  let found: Holder | undefined;
  for (const request of requests)
    if (request.arriving && request.heldBytes > (found?.heldBytes ?? 0)) found = request;
  return found;
}
