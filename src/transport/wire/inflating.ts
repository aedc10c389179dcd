/** Compressed messages of a call (gRPC over HTTP/2, "Message-Encoding"). */
import type { Buffer } from 'node:buffer';
import { GRPC_STATUS, PortcullisError } from '../../errors.ts';
import type { Holder } from '../request-accounts.ts';
import type { WireCall } from './call.ts';
import { inflate } from './grpc/inflate.ts';

/** Deflate makes at most this much of a byte. */
const MAX_INFLATION = 1032;

/** What a compressed message may cost. */
export function inflatedBytes(message: Buffer, maxBytes: number): number {
  return message.length + Math.min(message.length * MAX_INFLATION, maxBytes);
}

/** An inflated message. Rejects when it cannot be had; the call has then been refused. */
export async function inflated(call: WireCall, message: Buffer): Promise<Buffer> {
  const { encoding } = call.head;
  const { maxMessageBytes } = call.connection.scope.limits;
  if (encoding === 'identity') {
    call.refuseWith(
      GRPC_STATUS.INTERNAL,
      'A message is marked as compressed, and the call names no compression.',
    );
    throw refused();
  }
  const whole = await counted(call, inflate(encoding, message, maxMessageBytes), message);
  if (typeof whole !== 'string') return whole;
  if (whole === 'broken')
    call.refuseWith(GRPC_STATUS.INTERNAL, 'A message is not compressed as the call says.');
  else call.refuseWith(GRPC_STATUS.RESOURCE_EXHAUSTED, `A message is longer than ${maxMessageBytes} bytes.`);
  throw refused();
}

/** What inflating a message costs counts until it is done, also when the call has ended before: it cannot be called off. */
async function counted<T>(call: WireCall, inflation: Promise<T>, message: Buffer): Promise<T> {
  const { scope, holdings } = call.connection;
  const bytes = inflatedBytes(message, scope.limits.maxMessageBytes);
  const holder: Holder = { heldBytes: 0, arriving: false, refuse: () => {} };
  scope.accounts.add(holdings.account, holder, bytes);
  try {
    return await inflation;
  } finally {
    scope.accounts.remove(holdings.account, holder, bytes);
  }
}

/** Ends what waits for a message of a call that has been answered already. */
function refused(): PortcullisError {
  return new PortcullisError('cancelled', 'The request could not be read.');
}
