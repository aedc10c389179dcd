import type { IncomingHttpHeaders } from 'node:http2';
import type { CallContext, Peer } from '../rpc.ts';

/** A call that no handler sees: who it was, the headers, and whether the caller has gone. */
export class UnreadCall implements CallContext {
  readonly peer: Peer;
  readonly deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly #headers: IncomingHttpHeaders;
  readonly #gone: boolean;

  constructor(peer: Peer, headers: IncomingHttpHeaders, gone: boolean) {
    this.peer = peer;
    this.#headers = headers;
    this.#gone = gone;
  }

  get signal(): AbortSignal {
    return this.#gone ? AbortSignal.abort() : new AbortController().signal;
  }

  metadata(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  cancelled(): boolean {
    return this.#gone;
  }
}
