/** The context of one call, over what grpc-js knows of it. */
import type { EventEmitter } from 'node:events';
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import type { CallContext, Peer } from '../rpc.ts';
import type { GrpcRequest } from './grpc-request.ts';

export type AnyCall =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>;

/**
 * One object a call and nothing beside it: a handler that asks for no signal costs no AbortController and no listener.
 * grpc-js says `cancelled` when the caller goes away and when the deadline passes, but also after every answer; `finish`
 * keeps that from aborting what a handler left running.
 */
export class GrpcCall implements CallContext {
  readonly request: GrpcRequest;
  readonly peer: Peer;
  readonly deadlineMs: number;
  readonly #call: AnyCall;
  #controller: AbortController | undefined;
  #finished = false;

  constructor(call: AnyCall, request: GrpcRequest, deadlineMs: number) {
    this.#call = call;
    this.request = request;
    this.peer = request.connection.peer;
    this.deadlineMs = deadlineMs;
  }

  metadata(name: string): string | undefined {
    const [value] = this.#call.metadata.get(name);
    return typeof value === 'object' ? value.toString('base64') : value;
  }

  cancelled(): boolean {
    return !this.#finished && (this.#call.cancelled || this.#controller?.signal.aborted === true);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.cancelled()) this.abort();
      else (this.#call as EventEmitter).once('cancelled', () => this.abort());
    }
    return this.#controller.signal;
  }

  /** The call has been answered: nothing aborts it any more. */
  finish(): void {
    this.#finished = true;
  }

  abort(): void {
    if (!this.#finished) this.#controller?.abort();
  }
}
