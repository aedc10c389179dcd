/**
 * The one error class and its closed set of codes. The one table of `error-table.ts` says what each code means to a gRPC
 * caller, an HTTP caller, a retrying client and an operator. `docs/errors.md` is generated from it.
 *
 * A denial is never an error: see `decision/decision.ts`.
 */
import { ERROR_TABLE } from './error-table.ts';

/** What a code means outside. `grpc` is a status name of google.rpc.Code; `retry` says whether the same call may succeed later. */
interface ErrorKind {
  readonly grpc: GrpcStatusName;
  readonly http: number;
  readonly retry: boolean;
  /** What the reader can do about it, in one sentence. */
  readonly help: string;
}

/** The names of google.rpc.Code that Portcullis answers with, and their numbers. */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatusName = keyof typeof GRPC_STATUS;

type Row = readonly [grpc: GrpcStatusName, http: number, help: string, retry?: 'retry'];

export type ErrorCode = keyof typeof ERROR_TABLE;

/** What each code means outside. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorKind>> = Object.fromEntries(
  Object.entries<Row>(ERROR_TABLE).map(([code, [grpc, http, help, retry]]) => [
    code,
    { grpc, http, help, retry: retry === 'retry' },
  ]),
) as Record<ErrorCode, ErrorKind>;

/** Every failure that Portcullis reports. `message` names the place and the cause; `code` is stable and a metric label. */
export class PortcullisError extends Error {
  override readonly name = 'PortcullisError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** What this code means to callers. */
  get kind(): ErrorKind {
    return ERRORS[this.code];
  }
}

/** Turns anything thrown into a PortcullisError; unknown throws become `internal`, with the original kept as `cause`. */
export function toPortcullisError(thrown: unknown, code: ErrorCode = 'internal'): PortcullisError {
  if (thrown instanceof PortcullisError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PortcullisError(code, message, { cause: thrown });
}
