import { isUtf8 } from 'node:buffer';
import type { JsonObject } from '../../json/value.ts';
import { emptyObject } from './reading.ts';

/**
 * The headers of a `header_map` (as the document has it), which Envoy sends instead of `headers` when its filter says
 * `encode_raw_headers`: in the form that `headers` would have had. Values of one name are joined by `,` in their order;
 * each byte that is not part of UTF-8 becomes `!`, as Envoy's `MessageUtil::sanitizeUtf8String` makes it.
 */
export function headersOf(headerMap: JsonObject): Record<string, string> {
  const headers = emptyObject() as Record<string, string>;
  const list = (headerMap['headers'] ?? []) as unknown as readonly HeaderValue[];
  for (const { key = '', value = '', rawValue } of list) {
    const text = rawValue === undefined ? value : sanitizedText(Buffer.from(rawValue, 'base64'));
    headers[key] = key in headers ? `${headers[key]},${text}` : text;
  }
  return headers;
}

/** Empty fields are left out. */
interface HeaderValue {
  readonly key?: string;
  readonly value?: string;
  /** Base64. */
  readonly rawValue?: string;
}

function sanitizedText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const text = Buffer.from(bytes);
  for (let at = 0; at < text.length; ) {
    const length = sequenceLength(text[at]!);
    if (at + length <= text.length && isUtf8(text.subarray(at, at + length))) at += length;
    else text[at++] = EXCLAMATION_MARK;
  }
  return text.toString('utf8');
}

const EXCLAMATION_MARK = 0x21;

/** How many bytes the character has that begins with this byte (RFC 3629 section 3), if it is one. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
