/** What a failed call answers. */
import { GRPC_STATUS, PortcullisError, toPortcullisError } from '../errors.ts';

export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** Clients bound the trailers they accept, 8 KiB in many; percent-encoding may triple a text. */
const MAX_DETAILS_CHARACTERS = 2048;

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

/** Half a surrogate pair cannot be percent-encoded. */
function printable(message: string): string {
  return message.slice(0, MAX_DETAILS_CHARACTERS).toWellFormed();
}

export const SHUTTING_DOWN: PortcullisError = new PortcullisError(
  'overloaded',
  'The server is shutting down; call again.',
);
