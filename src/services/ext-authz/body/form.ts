import { Buffer } from 'node:buffer';
import type { InputLimits } from '../../../decision/json-view.ts';
import { PortcullisError } from '../../../errors.ts';
import { parseJson } from '../../../json/parse.ts';
import type { JsonValue } from '../../../json/value.ts';
import { bodyType, utf8Parameters } from './body-type.ts';
import { type ByteString, textOf } from './byte-text.ts';
import { parseMediaType } from './media-type.ts';
import type { Parameters } from './media-type-continuation.ts';
import { type Part, readParts } from './multipart.ts';
import { decodeQuotedPrintable } from './quoted-printable.ts';

/**
 * `input.parsed_body` of a form of type `multipart/form-data` (RFC 7578) as opa-envoy-plugin makes it: name → list of
 * values, text or, where the part's content type is JSON, parsed. Undefined when the content type, whose parameters are
 * given, names no boundary. Null prototype.
 *
 * Stricter than the plugin: each part has exactly one name, which RFC 7578 section 4.2 wants and which servers find in
 * places where others see none (the plugin leaves nameless parts out); its content type is read as {@link bodyType} says
 * and its charset is UTF-8; there are 10,000 parts at most, and none in broken quoted-printable.
 * Throws `invalid_request`, `over_limit` and what {@link parseJson} throws.
 */
export function parseMultipartForm(
  source: ByteString,
  parameters: Parameters,
  limits: InputLimits,
): Record<string, JsonValue[]> | undefined {
  if (parameters.unclear.has('boundary')) throw malformed('the content-type has two boundaries');
  const boundary = parameters.values.get('boundary');
  if (boundary === undefined) return undefined;
  const values = Object.create(null) as Record<string, JsonValue[]>;
  for (const part of readParts(source, boundary)) {
    const name = formName(part);
    const value = partValue(part, limits);
    const list = values[name];
    if (list === undefined) values[name] = [value];
    else list.push(value);
  }
  return values;
}

/** The header's fields that say what a part is. */
const READ_FIELDS = ['content-disposition', 'content-type', 'content-transfer-encoding'];

function formName({ fields, repeated }: Part): string {
  const twice = READ_FIELDS.find((name) => repeated.has(name));
  if (twice !== undefined) throw malformed(`a part has two fields ${twice}`);
  const disposition = parseMediaType(fields.get('content-disposition') ?? '');
  const parameters = disposition?.parameters;
  const name = parameters?.values.get('name') ?? '';
  if (disposition?.type !== 'form-data' || parameters?.unclear.has('name') === true || name === '') {
    throw malformed(
      'a part has no name, or several: its content-disposition has to be form-data with one name',
    );
  }
  // Go takes it for itself in most places, others for the beginning of an escape.
  if (name.includes('\\')) throw malformed('the name of a part holds a backslash');
  return textOf(name);
}

function partValue(part: Part, limits: InputLimits): JsonValue {
  const content = decodedContent(part);
  const contentType = part.fields.get('content-type') ?? '';
  if (contentType === '') return textOf(content);
  const type = bodyType(contentType, 'a part');
  utf8Parameters(type, 'a part');
  return type.format === 'json' ? parseJson(Buffer.from(content, 'latin1'), limits) : textOf(content);
}

function decodedContent({ fields, content }: Part): ByteString {
  if (fields.get('content-transfer-encoding')?.toLowerCase() !== 'quoted-printable') return content;
  const decoded = decodeQuotedPrintable(content);
  if (decoded === undefined) throw malformed('a part is not quoted-printable');
  return decoded;
}

function malformed(problem: string): PortcullisError {
  return new PortcullisError('invalid_request', `The multipart body cannot be read: ${problem}`);
}
