/** How a call ends (gRPC over HTTP/2, "Trailers" and "Trailers-Only"): lists of names and values, as the HPACK encoder takes them. */
import { encodeStatusMessage } from './status-message.ts';

/** What services speak, and what grpc-js answers with. */
const CONTENT_TYPE = 'application/grpc+proto';

/** Before the messages of an answer. */
export const RESPONSE_HEADERS: readonly string[] = [':status', '200', 'content-type', CONTENT_TYPE];

/** After the messages of an answer. An empty `message` is left out. */
export function statusTrailers(code: number, message: string): string[] {
  const fields = ['grpc-status', String(code)];
  if (message !== '') fields.push('grpc-message', encodeStatusMessage(message));
  return fields;
}

/** In place of an answer that has no messages; `more` are further fields, such as `grpc-accept-encoding`. */
export function trailersOnly(code: number, message: string, more: readonly string[] = []): string[] {
  return [...RESPONSE_HEADERS, ...statusTrailers(code, message), ...more];
}
