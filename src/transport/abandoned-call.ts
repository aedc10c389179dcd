import type { IncomingHttpHeaders } from 'node:http2';
import type { CallContext, Peer } from '../rpc.ts';

/** A call that its caller took back before the handler began: who it was, and the headers. */
export class AbandonedCall implements CallContext {
  readonly peer: Peer;
  readonly deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly #headers: IncomingHttpHeaders;

  constructor(peer: Peer, headers: IncomingHttpHeaders) {
    this.peer = peer;
    this.#headers = headers;
  }

  get signal(): AbortSignal {
    return AbortSignal.abort();
  }

  metadata(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  cancelled(): boolean {
    return true;
  }
}
