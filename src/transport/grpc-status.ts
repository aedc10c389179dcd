/** What a failed call answers. */
import { GRPC_STATUS, PortcullisError, toPortcullisError } from '../errors.ts';

export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** Clients bound the trailers they accept, 8 KiB in many; percent-encoding makes up to three bytes of each. */
const DETAILS_BYTES = 2048;
const room: Uint8Array = new Uint8Array(DETAILS_BYTES);
const encoder = new TextEncoder();

/**
 * The status for anything thrown: code and message of a PortcullisError by the error table. Whatever else is a defect: the
 * caller learns only that, and `onError` gets the original, as the `cause` of an `internal` error.
 */
export function statusOf(thrown: unknown, onError: (error: PortcullisError) => void): GrpcStatus {
  const error = toPortcullisError(thrown);
  if (error.code !== 'internal') {
    return { code: GRPC_STATUS[error.kind.grpc], details: printable(error.message) };
  }
  onError(error);
  return { code: GRPC_STATUS.INTERNAL, details: 'internal error' };
}

/** As much as may be told. Half a surrogate pair cannot be percent-encoded. */
function printable(message: string): string {
  const { read } = encoder.encodeInto(message, room);
  return message.slice(0, read).toWellFormed();
}

export const SHUTTING_DOWN: PortcullisError = new PortcullisError(
  'overloaded',
  'The server is shutting down; call again.',
);
