/** What a failed request answers: `{"code", "message"}` with the status of the error table. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode, PortcullisError, toPortcullisError } from '../errors.ts';

export interface HttpFailure {
  readonly status: number;
  readonly body: string;
}

export function failure(code: ErrorCode, message: string, status: number = ERRORS[code].http): HttpFailure {
  return { status, body: `${JSON.stringify({ code, message: message.toWellFormed() })}\n` };
}

/** Anything but a PortcullisError, and `internal` ones, are defects: the caller learns only that, `onError` the original. */
export function failureOf(thrown: unknown, onError: (error: PortcullisError) => void): HttpFailure {
  const error = toPortcullisError(thrown);
  if (error.code !== 'internal') return failure(error.code, error.message);
  onError(error);
  return failure('internal', 'internal error');
}

/** A caller that went away in the middle of its body is no defect, and nobody reads the answer. */
export function goneWhileSending({ complete, destroyed }: IncomingMessage): HttpFailure | undefined {
  return destroyed && !complete ? failure('cancelled', 'The caller went away while sending.') : undefined;
}

/** Fastify's own refusals of a request, by the status that it gives them. */
export function refusalOf(error: unknown): HttpFailure | undefined {
  const { statusCode: status, code } = error as { statusCode?: unknown; code?: unknown };
  if (error instanceof PortcullisError || typeof code !== 'string' || !code.startsWith('FST_'))
    return undefined;
  if (status === 413) return failure('over_limit', 'The request body is larger than this server takes.');
  if (status === 415) return failure('invalid_request', 'The content type is none.', 415);
  if (status === 400) return failure('invalid_request', 'The request body does not fit its headers.');
  return undefined;
}

/** Answers a connection whose request could not be read (`clientError`), and closes it. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = unreadable(error.code);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function unreadable(code: string | undefined): HttpFailure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return failure('deadline_exceeded', 'The request took too long to arrive.', 408);
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return failure('over_limit', 'The request header is larger than this server takes.', 431);
  }
  return failure('invalid_request', 'This is no HTTP/1.1 request.');
}
