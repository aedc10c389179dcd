import type { InputLimits } from '../../../decision/json-view.ts';
import { PortcullisError } from '../../../errors.ts';
import { parseJson } from '../../../json/parse.ts';
import type { JsonValue } from '../../../json/value.ts';
import { parsedPath } from '../path/parsed-path.ts';
import { parseQuery } from '../path/query.ts';
import type { BodyFacts, BodySource } from './body-facts.ts';
import { type BodyFormat, type BodyType, bodyType, isProtoType, utf8Parameters } from './body-type.ts';
import { byteString } from './byte-text.ts';
import { parseMultipartForm } from './form.ts';
import type { GrpcBodies } from './grpc-body.ts';

/** What {@link parsedBody} reads of a CheckRequest. */
export interface ParsedBodySource extends BodySource {
  /** With its query. */
  readonly path: string;
}

export interface BodyOptions {
  readonly limits: InputLimits;
  /** Unset: gRPC bodies are null. */
  readonly grpc: GrpcBodies | undefined;
}

/** `input.parsed_body`, `input.truncated_body` and `input.body.format`. */
export interface ParsedBody {
  readonly value: JsonValue;
  readonly truncated: boolean;
  /** How the value was read; null when it was not. */
  readonly format: BodyFormat | null;
}

const NO_BODY: ParsedBody = { value: null, truncated: false, format: null };
const TRUNCATED_BODY: ParsedBody = { value: null, truncated: true, format: null };

/**
 * Body and mark of truncation as opa-envoy-plugin's policies see them (`getParsedBody` in envoyauth/request.go): null when
 * there is no body, none that is read, or only a part of one.
 *
 * Stricter than the plugin: the content type is read as {@link bodyType} says; a body with a content-encoding, or in
 * another charset than UTF-8, is not what its bytes look like, and is refused; JSON must be one document in UTF-8 that
 * names each key of an object once (it takes the last of equal keys, and lets `null` follow the document); what a
 * multipart body has to be says {@link parseMultipartForm}. {@link GrpcBodies} lists more.
 * Throws `invalid_request` for a body, a type or a content-length that cannot be read, `over_limit`, and what
 * {@link parseJson} throws.
 */
export function parsedBody(source: ParsedBodySource, facts: BodyFacts, options: BodyOptions): ParsedBody {
  const { headers } = source;
  if (headers['x-envoy-auth-partial-body'] === 'true') return TRUNCATED_BODY;
  const contentType = headers['content-type'] ?? '';
  if (contentType === '' || facts.receivedBytes === 0) return NO_BODY;
  const type = bodyType(contentType, 'the request');
  if (type.format === undefined) return NO_BODY;
  if (facts.receivedBytes > options.limits.maxBytes) {
    throw new PortcullisError('over_limit', `The body has more than ${options.limits.maxBytes} bytes`);
  }
  if (type.format === 'grpc') return readGrpc(source, type, options);
  if (facts.lengthIsInvalid) {
    throw new PortcullisError('invalid_request', 'The content-length is not a number of bytes');
  }
  if ((facts.declaredBytes ?? 0) > facts.receivedBytes) return TRUNCATED_BODY;
  checkEncoding(headers['content-encoding'] ?? '');
  const value = readText(source, type, options);
  return value === undefined ? NO_BODY : { value, truncated: false, format: type.format };
}

/** RFC 9110 section 8.4. */
function checkEncoding(contentEncoding: string): void {
  if (!/^[ \t]*(?:identity[ \t]*)?$/i.test(contentEncoding)) {
    throw new PortcullisError('invalid_request', 'The body is encoded: its content-encoding is not identity');
  }
}

/** Undefined when the body is not read. */
function readText(source: ParsedBodySource, type: BodyType, { limits }: BodyOptions): JsonValue | undefined {
  const { body, rawBody } = source;
  const parameters = utf8Parameters(type, 'the request');
  if (type.format === 'json') return parseJson(body === '' ? rawBody : body, limits);
  if (type.format === 'form') return parseQuery(payload(source), 'form');
  return parseMultipartForm(payload(source), parameters, limits);
}

function readGrpc(
  { path, rawBody }: ParsedBodySource,
  { type }: BodyType,
  { grpc, limits }: BodyOptions,
): ParsedBody {
  if (grpc === undefined || rawBody.byteLength === 0) return NO_BODY;
  if (!isProtoType(type)) {
    throw new PortcullisError('invalid_request', 'The content-type is that of gRPC without protobuf');
  }
  const read = grpc.read(parsedPath(path), rawBody, limits);
  if (read === 'cut') return TRUNCATED_BODY;
  return read === 'unknown' ? NO_BODY : { ...read, truncated: false, format: 'grpc' };
}

function payload({ body, rawBody }: ParsedBodySource): string {
  return byteString(body === '' ? rawBody : body);
}
