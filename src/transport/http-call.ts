/** A request and its context, as handlers see them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallContext, HttpRequest, Peer } from '../rpc.ts';

const NO_BODY: Uint8Array = new Uint8Array(0);

export class HttpCall implements CallContext {
  readonly peer: Peer;
  /** HTTP callers name no deadline; services apply the server's own. */
  readonly deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #controller: AbortController | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, peer: Peer) {
    this.#request = request;
    this.#response = response;
    this.peer = peer;
  }

  metadata(name: string): string | undefined {
    return headerOf(this.#request, name);
  }

  cancelled(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const aborted = (): void => {
        if (!this.#response.writableFinished) controller.abort();
      };
      if (this.cancelled()) aborted();
      else this.#response.once('close', aborted);
    }
    return this.#controller.signal;
  }
}

/** `target` is the raw request target, which begins with the path and the query. */
export function httpRequest(
  request: IncomingMessage,
  target: string,
  rest: string,
  body: unknown,
): HttpRequest {
  let query: URLSearchParams | undefined;
  return {
    method: request.method ?? '',
    target,
    rest,
    get query(): URLSearchParams {
      query ??= new URLSearchParams(target.slice(pathOf(target).length));
      return query;
    },
    header: (name) => headerOf(request, name),
    body: body instanceof Uint8Array ? body : NO_BODY,
  };
}

/** The target up to its query, cut by hand: a URL parser would take the `a` of `//a/b` for a host. */
export function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end === -1 ? target : target.slice(0, end);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  if (!Object.hasOwn(request.headers, name)) return undefined;
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
