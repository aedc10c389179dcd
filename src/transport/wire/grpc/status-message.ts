/** Percent-encoding of `grpc-message` (gRPC over HTTP/2, "Status-Message"; RFC 3986, 2.1). */
import { Buffer } from 'node:buffer';

/**
 * What goes as it is: space to tilde, but for the percent sign, and for spaces at either end, which no field value may have
 * (RFC 9113, 8.2.1).
 */
const PLAIN = /^(?! )[ -$&-~]*(?<! )$/;
const OUTER_SPACES = /^ +| +$/g;

/** A status message as UTF-8, percent-encoded; half a surrogate pair becomes U+FFFD. */
export function encodeStatusMessage(message: string): string {
  if (PLAIN.test(message)) return message;
  let encoded = '';
  for (const byte of Buffer.from(message, 'utf8')) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded.replace(OUTER_SPACES, (spaces) => '%20'.repeat(spaces.length));
}
