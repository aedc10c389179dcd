import { isUtf8 } from 'node:buffer';
import type { JsonObject } from '../../../json/value.ts';
import { sequenceLength } from '../body/byte-text.ts';
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
    const length = sequenceLength(text, at);
    if (length > 0) at += length;
    else text[at++] = EXCLAMATION_MARK;
  }
  return text.toString('utf8');
}

const EXCLAMATION_MARK = 0x21;
