/** One HTTP request as it arrives: what it holds in memory until it is answered. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PortcullisError } from '../errors.ts';
import { PIECE_BYTES, unpinned } from './pieces.ts';
import type { Account, Holder, RequestAccounts } from './request-accounts.ts';

export class PendingRequest implements Holder {
  heldBytes = 0;
  arriving = true;
  readonly #request: IncomingMessage;
  readonly #account: Account;
  readonly #accounts: RequestAccounts;

  /** Before anybody reads the request. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    account: Account,
    accounts: RequestAccounts,
  ) {
    this.#request = request;
    this.#account = account;
    this.#accounts = accounts;
    this.#watchBytes();
    const end = (): void => this.#end();
    response.once('close', end);
    // Of answers that wait for earlier ones Node does not say that they close.
    request.socket.once('close', end);
    response.once('close', () => request.socket.removeListener('close', end));
  }

  /** Refuses it for want of memory: answers 503 while somebody waits for its body, and cuts the connection otherwise. */
  refuse(): void {
    this.#end();
    setImmediate(() => {
      const error = new PortcullisError('overloaded', 'The server holds too many bytes of requests.');
      if (this.#request.listenerCount('error') > 0) this.#request.emit('error', error);
      else this.#request.destroy();
    });
  }

  #end(): void {
    this.arriving = false;
    this.#accounts.remove(this.#account, this, this.heldBytes);
  }

  #watchBytes(): void {
    const request = this.#request;
    const push = request.push.bind(request);
    request.push = (piece: Buffer | null, encoding) => {
      if (piece === null) {
        this.arriving = false;
        return push(null);
      }
      // What was refused goes nowhere.
      if (!this.arriving) return true;
      this.#accounts.add(this.#account, this, PIECE_BYTES + piece.length);
      return this.arriving ? push(unpinned(piece), encoding) : true;
    };
  }
}
