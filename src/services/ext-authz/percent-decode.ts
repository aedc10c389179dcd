import { Buffer } from 'node:buffer';
import { textOfBytes } from './byte-text.ts';

const MALFORMED = /%(?![0-9a-fA-F]{2})/;

/** Whether a `%` is not followed by two hexadecimal digits. RFC 3986 section 2.1. */
export function hasMalformedEscape(text: string): boolean {
  return MALFORMED.test(text);
}

/**
 * Decodes each escape once. Undefined when one is malformed. Bytes that are not UTF-8 after decoding become U+FFFD, one
 * each (see {@link textOfBytes}).
 */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (hasMalformedEscape(text)) return undefined;
  return decodesToUtf8(text) ?? textOfBytes(percentDecodedBytes(text));
}

/** The decoded text where it is UTF-8, else undefined. The escapes must be well formed. */
export function decodesToUtf8(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function percentDecodedBytes(text: string): Uint8Array {
  const source = Buffer.from(text, 'utf8');
  const out = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i] as number;
    if (byte === 0x25) {
      byte = Number.parseInt(source.latin1Slice(i + 1, i + 3), 16);
      i += 2;
    }
    out[length++] = byte;
  }
  return out.subarray(0, length);
}
