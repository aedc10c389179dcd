/** From our handlers (`rpc.ts`) to those of grpc-js. */
import { setImmediate } from 'node:timers/promises';
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
  sendUnaryData,
} from '@grpc/grpc-js';
import { PortcullisError } from '../errors.ts';
import type { BidiHandler, ServerStreamHandler, UnaryHandler } from '../rpc.ts';
import type { AnyCall, GrpcCall } from './grpc-call.ts';
import { type GrpcStatus, SHUTTING_DOWN } from './grpc-status.ts';

/** What the handlers of one transport share. */
export interface CallScope {
  /** The context of a call that begins; undefined when its connection is gone already, and nobody waits for an answer. */
  open(call: AnyCall): GrpcCall | undefined;
  /** True when the caller's deadline has passed: a late answer must not count as one. */
  late(context: GrpcCall): boolean;
  status(thrown: unknown): GrpcStatus;
  /** Streams that are open, each by the function that ends it when a drain runs out of time. */
  readonly streams: Set<() => void>;
}

export function unary(handler: UnaryHandler, scope: CallScope): handleUnaryCall<Buffer, Buffer> {
  return (call, respond) => {
    const context = scope.open(call);
    if (context === undefined) return;
    try {
      const answer = handler(call.request, context);
      // An answer at once is sent at once: no promise, no tick.
      if (answer instanceof Uint8Array) succeed(scope, context, respond, answer);
      else {
        answer.then(
          (bytes) => succeed(scope, context, respond, bytes),
          (error: unknown) => fail(scope, context, respond, error),
        );
      }
    } catch (error) {
      fail(scope, context, respond, error);
    }
  };
}

function succeed(
  scope: CallScope,
  context: GrpcCall,
  respond: sendUnaryData<Buffer>,
  bytes: Uint8Array,
): void {
  if (scope.late(context)) {
    fail(scope, context, respond, new PortcullisError('deadline_exceeded', 'The answer came too late.'));
    return;
  }
  context.finish();
  respond(null, asBuffer(bytes));
}

function fail(scope: CallScope, context: GrpcCall, respond: sendUnaryData<Buffer>, error: unknown): void {
  context.finish();
  respond(scope.status(error));
}

export function serverStream(
  handler: ServerStreamHandler,
  scope: CallScope,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const context = scope.open(call);
    if (context === undefined) return;
    void pump(call, context, scope, () => handler(call.request, context));
  };
}

export function bidi(handler: BidiHandler, scope: CallScope): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const context = scope.open(call);
    if (context === undefined) return;
    void pump(call, context, scope, () => handler(requestsOf(call, context), context));
  };
}

/**
 * Writes what a handler gives, one message after the other: the next is asked for when the client's window has taken the last.
 * Never throws.
 */
async function pump(
  call: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  context: GrpcCall,
  scope: CallScope,
  start: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  // grpc-js forgets the callback of a write on a stream that was cancelled meanwhile.
  let wake = (): void => {};
  const stop = (): void => {
    context.abort();
    wake();
    iterator?.return?.().catch(() => {});
  };
  const giveUp = (): void => {
    call.emit('error', scope.status(SHUTTING_DOWN));
    stop();
  };
  call.once('cancelled', stop);
  scope.streams.add(giveUp);
  try {
    iterator = start()[Symbol.asyncIterator]();
    while (!context.cancelled()) {
      const next = await iterator.next();
      if (next.done === true || context.cancelled()) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
        call.write(asBuffer(next.value), () => resolve());
      });
    }
    context.finish();
    call.end();
  } catch (error) {
    // What a handler throws because its caller went away interests nobody.
    if (!context.cancelled()) call.emit('error', scope.status(error));
    context.finish();
  } finally {
    scope.streams.delete(giveUp);
  }
}

/** Reads with back-pressure; leaving the loop early keeps the answering half open. */
async function* requestsOf(
  call: ServerDuplexStream<Buffer, Buffer>,
  { request }: GrpcCall,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const message of call.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      yield message;
      request.taken();
      // What has come is read without a pause, and messages that are not answered would keep all other calls waiting.
      await setImmediate();
    }
    // A reset first looks like an orderly end: only after the events of this turn does grpc-js know.
    await setImmediate();
    if (call.cancelled) throw new Error('reset');
  } catch (error) {
    throw new PortcullisError('cancelled', 'The caller went away while sending.', { cause: error });
  }
}

/** The same bytes as a Buffer, which is what grpc-js copies from. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
