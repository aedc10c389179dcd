/** From requests to the handlers of `rpc.ts`, and from what those give to answers. */
import type { Buffer } from 'node:buffer';
import { GRPC_STATUS } from '../../errors.ts';
import type { BidiHandler, UnaryHandler } from '../../rpc.ts';
import { unpinned } from '../pieces.ts';
import { BidiInput } from './bidi-input.ts';
import type { WireCall } from './call.ts';
import { inflated } from './inflating.ts';
import { StreamTurn } from './stream-turn.ts';

/** Begins a call whose message is here, at once or when its turn comes. Never throws. */
export function beginCall(call: WireCall, message: Buffer): void {
  const { connection } = call;
  if (call.answered) return;
  if (connection.scope.turns.mayBegin(connection)) begin(call, message);
  else {
    call.waiting = unpinned(message);
    connection.scope.turns.add(call);
    call.pending(connection.holdings.heldBy(call.waiting));
  }
}

/** Begins a call whose turn has come, unless that is too late. False, for `Turns`: it has worked. Never throws. */
export function beginWaiting(call: WireCall): false {
  const { waiting, connection } = call;
  if (waiting === undefined) return false;
  try {
    if (call.late()) call.expire();
    // What those before it were answered may be held still.
    else if (connection.holdings.full()) call.refuse();
    else {
      call.waiting = undefined;
      begin(call, waiting);
    }
  } catch (error) {
    connection.failFor(error);
  }
  connection.wake();
  return false;
}

function begin(call: WireCall, message: Uint8Array): void {
  const { method } = call.head;
  if (method === undefined) return;
  call.begun = true;
  if (method.kind === 'unary') answerUnary(call, method.handler, message);
  else if (method.kind === 'server-stream') {
    call.pending(call.connection.holdings.heldBy(message));
    void pump(call, undefined, () => method.handler(message, call));
  }
}

/** Begins a call that sends as long as it is answered. */
export function beginBidi(call: WireCall, handler: BidiHandler): void {
  call.begun = true;
  const input = new BidiInput(call);
  call.input = input;
  call.pending(0);
  if (call.answered) return;
  void pump(call, input, () => handler(input.messages(), call));
}

/** Begins a call whose message is compressed. */
export function beginCompressed(call: WireCall, message: Buffer): void {
  // What it is inflated to is counted where that is done, for as long as it takes.
  call.pending(message.length);
  later(call, inflated(call, message), (whole) => beginCall(call, whole));
}

/** The service's own answer to a message that is too long, where it has one. */
export function answerOversized(call: WireCall): void {
  const { method } = call.head;
  const unread = method?.kind === 'unary' ? method.unread : undefined;
  if (unread === undefined || call.begun) {
    const { maxMessageBytes } = call.connection.scope.limits;
    call.refuseWith(GRPC_STATUS.RESOURCE_EXHAUSTED, `The message is longer than ${maxMessageBytes} bytes.`);
    return;
  }
  call.begun = true;
  const answer = unread.oversized(call);
  if (answer instanceof Uint8Array) call.succeed(answer);
  else later(call, answer, (message) => call.succeed(message));
}

function answerUnary(call: WireCall, handler: UnaryHandler, message: Uint8Array): void {
  try {
    const answer = handler(message, call);
    // An answer at once is written at once: no promise, no tick.
    if (answer instanceof Uint8Array) call.succeed(answer);
    else {
      call.pending(call.connection.holdings.heldBy(message));
      later(call, answer, (bytes) => call.succeed(bytes));
    }
  } catch (error) {
    call.fail(error);
  }
}

/** Goes on with what is not here yet; what it writes leaves with whatever else is written in this turn. */
function later<T>(call: WireCall, promise: Promise<T>, then: (value: T) => void): void {
  promise.then(
    (value) => {
      try {
        then(value);
      } catch (error) {
        call.fail(error);
      }
      call.connection.wake();
    },
    (error: unknown) => {
      call.fail(error);
      call.connection.wake();
    },
  );
}

/**
 * Sends what a handler gives, one message after the other: the next is asked for when the client's window has taken the last, and
 * in slices of the event loop's turns. Never throws.
 */
async function pump(
  call: WireCall,
  input: BidiInput | undefined,
  start: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  const { connection } = call;
  const turn = new StreamTurn(connection);
  try {
    const iterator = start()[Symbol.asyncIterator]();
    call.onStop = () => {
      turn.stop();
      void stop(iterator);
    };
    while (!call.answered) {
      const next = await iterator.next();
      if (next.done === true || call.answered) break;
      const sent = connection.sending.message(call, next.value);
      connection.wake();
      if (!sent) {
        call.hold(call.unsent?.length ?? 0);
        await call.whenSent();
        call.hold(0);
      }
      // An answer to a message that has had its turn needs none of its own.
      if (input?.takeTurn() === true) continue;
      const mayGoOn = turn.next();
      if (mayGoOn !== undefined) await mayGoOn;
    }
    call.finish();
  } catch (error) {
    // What a handler throws because its caller went away interests nobody.
    if (!call.answered) call.fail(error);
  }
  connection.wake();
}

/** Never throws: whoever ends a call goes on with its own. */
async function stop(iterator: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // What it throws because its caller went away interests nobody.
  }
}
