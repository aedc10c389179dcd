/** The header fields of answers (gRPC over HTTP/2, "Responses"; RFC 9110 for who does not speak gRPC). */
import { ACCEPTED_ENCODINGS } from './grpc/encoding.ts';
import { RESPONSE_HEADERS, statusTrailers, trailersOnly } from './grpc/status-trailers.ts';
import { PreparedFields } from './hpack/prepared-fields.ts';
import { FIELD_OVERHEAD_BYTES } from './hpack/static-table.ts';

/** What every answer with a message begins with, and what it ends with when all went well. */
export const ANSWER_HEADERS: PreparedFields = new PreparedFields(RESPONSE_HEADERS);
export const OK_TRAILERS: PreparedFields = new PreparedFields(statusTrailers(0, ''));

/** Said to who compresses messages as we cannot read them. */
export const ACCEPTS: readonly string[] = ['grpc-accept-encoding', ACCEPTED_ENCODINGS];

/**
 * The last fields of a call: trailers, or the only ones that it gets. The message, the one field that may be long, is cut to what
 * the client takes; the status is told in any case.
 */
export function statusFields(
  status: number,
  message: string,
  headersSent: boolean,
  more: readonly string[],
  maxListBytes: number,
): readonly string[] {
  const fields = headersSent ? statusTrailers(status, message) : trailersOnly(status, message, more);
  if (message === '' || listBytes(fields) <= maxListBytes) return fields;
  return statusFields(status, halfOf(message), headersSent, more, maxListBytes);
}

/** The first half; a character that it would end in the middle of is left out. */
function halfOf(message: string): string {
  const end = message.length >> 1;
  const last = message.charCodeAt(end - 1);
  return message.slice(0, last >= 0xd800 && last < 0xdc00 ? end - 1 : end);
}

/** As RFC 9113, 6.5.2 counts them. */
function listBytes(fields: readonly string[]): number {
  let bytes = (fields.length / 2) * FIELD_OVERHEAD_BYTES;
  for (const text of fields) bytes += text.length;
  return bytes;
}

/** An answer to a request that is not gRPC. */
export interface PlainAnswer {
  readonly fields: readonly string[];
  readonly body: Buffer;
}

function plainAnswer(status: string, text: string, ...more: string[]): PlainAnswer {
  const body = Buffer.from(text);
  const fields = [
    ':status',
    status,
    'content-type',
    'text/plain',
    'content-length',
    `${body.length}`,
    ...more,
  ];
  return { fields, body };
}

/** 415 is what the specification asks for, so that no other client takes this for an HTTP server that knows the call. */
export const NOT_GRPC: PlainAnswer = plainAnswer(
  '415',
  'This server speaks gRPC: send content-type application/grpc.\n',
);
export const NOT_POST: PlainAnswer = plainAnswer(
  '405',
  'This server speaks gRPC: use POST.\n',
  'allow',
  'POST',
);
