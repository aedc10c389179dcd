import { Buffer } from 'node:buffer';
import type { InputLimits } from '../../decision/json-view.ts';
import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import { type ByteString, textOf } from './byte-text.ts';
import { parseMediaType } from './media-type.ts';
import { type Part, readParts } from './multipart.ts';
import { decodeQuotedPrintable } from './quoted-printable.ts';

/**
 * `input.parsed_body` of a form of type `multipart/form-data` (RFC 7578) as opa-envoy-plugin makes it: name → list of values, text or, where
 * the part's content type holds `application/json`, parsed. Parts without a name are left out. Null when the content type names no
 * boundary. Null prototype. Throws `invalid_request`, `over_limit` and what {@link parseJson} throws.
 */
export function parseMultipartForm(
  source: ByteString,
  contentType: ByteString,
  limits: InputLimits,
): Record<string, JsonValue[]> | null {
  const parameters = parseMediaType(contentType)?.parameters;
  if (parameters === undefined) {
    throw new PortcullisError('invalid_request', 'The content-type cannot be read');
  }
  const boundary = parameters.get('boundary');
  if (boundary === undefined) return null;
  const values = Object.create(null) as Record<string, JsonValue[]>;
  for (const part of readParts(source, boundary)) {
    const content = decodedContent(part);
    const name = formName(part);
    if (name === '') continue;
    const value = partValue(part, content, limits);
    const list = values[name];
    if (list === undefined) values[name] = [value];
    else list.push(value);
  }
  return values;
}

/** RFC 7578 section 4.2. */
function formName({ fields }: Part): string {
  const disposition = parseMediaType(fields.get('content-disposition') ?? '');
  if (disposition?.type !== 'form-data') return '';
  return textOf(disposition.parameters?.get('name') ?? '');
}

/** Of nameless parts too: where Go comes upon a broken one, it loses its place in some and carries on in others. */
function decodedContent({ fields, content }: Part): ByteString {
  if (fields.get('content-transfer-encoding')?.toLowerCase() !== 'quoted-printable') return content;
  const decoded = decodeQuotedPrintable(content);
  if (decoded === undefined) {
    throw new PortcullisError('invalid_request', 'A part of the multipart body is not quoted-printable');
  }
  return decoded;
}

function partValue({ fields }: Part, content: ByteString, limits: InputLimits): JsonValue {
  if (!(fields.get('content-type') ?? '').includes('application/json')) return textOf(content);
  return parseJson(Buffer.from(content, 'latin1'), limits);
}
