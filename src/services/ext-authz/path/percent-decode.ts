import { type ByteString, byteString, textOf } from '../body/byte-text.ts';

const MALFORMED = /%(?![0-9a-fA-F]{2})/;
const ESCAPE = /%([0-9a-fA-F]{2})/g;

/** Decodes each escape once (RFC 3986 section 2.1). Undefined when a `%` is not followed by two hexadecimal digits. */
export function percentDecodeBytes(bytes: ByteString): ByteString | undefined {
  if (!bytes.includes('%')) return bytes;
  if (MALFORMED.test(bytes)) return undefined;
  return bytes.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** The same as text: what is not UTF-8 after decoding holds U+FFFD, see {@link textOf}. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  const decoded = percentDecodeBytes(byteString(text));
  return decoded === undefined ? undefined : textOf(decoded);
}
