import type { InputLimits } from '../../decision/json-view.ts';
import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import type { BodyFacts, BodySource } from './body-facts.ts';
import { byteString } from './byte-text.ts';
import { parseMultipartForm } from './form.ts';
import type { GrpcBodies } from './grpc-body.ts';
import { parsedPath } from './parsed-path.ts';
import { parseQuery } from './query.ts';

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

/** `input.parsed_body` and `input.truncated_body`. */
export interface ParsedBody {
  readonly value: JsonValue;
  readonly truncated: boolean;
}

const NO_BODY: ParsedBody = { value: null, truncated: false };
const TRUNCATED_BODY: ParsedBody = { value: null, truncated: true };

/** In this order: a content type that names two is the first. */
const READERS: readonly (readonly [
  mediaType: string,
  read: (source: ParsedBodySource, facts: BodyFacts, options: BodyOptions) => ParsedBody,
])[] = [
  [
    'application/json',
    whole(({ body, rawBody }, { limits }) => parseJson(body === '' ? rawBody : body, limits)),
  ],
  ['application/grpc', readGrpc],
  ['application/x-www-form-urlencoded', whole((source) => parseQuery(payload(source), 'form'))],
  [
    'multipart/form-data',
    whole((source, { limits }) =>
      parseMultipartForm(payload(source), byteString(source.headers['content-type'] ?? ''), limits),
    ),
  ],
];

/**
 * Body and mark of truncation as opa-envoy-plugin's policies see them (`getParsedBody` in envoyauth/request.go): read by
 * what the content type contains; null when there is no body, none that is read, or only a part of one.
 *
 * Stricter than the plugin: JSON must be one document in UTF-8 that names each key of an object once (it takes the last
 * of equal keys, and lets `null` follow the document); a multipart body has 10,000 parts at most, and none in broken
 * quoted-printable (it has no limit, and may pass over a nameless one). {@link GrpcBodies} lists more.
 * Throws `invalid_request` for a body or a content-length that cannot be read, `over_limit`, and what {@link parseJson}
 * throws.
 */
export function parsedBody(source: ParsedBodySource, facts: BodyFacts, options: BodyOptions): ParsedBody {
  if (source.headers['x-envoy-auth-partial-body'] === 'true') return TRUNCATED_BODY;
  const contentType = source.headers['content-type'];
  if (contentType === undefined || facts.receivedBytes === 0) return NO_BODY;
  const reader = READERS.find(([mediaType]) => contentType.includes(mediaType));
  if (reader === undefined) return NO_BODY;
  if (facts.receivedBytes > options.limits.maxBytes) {
    throw new PortcullisError('over_limit', `The body has more than ${options.limits.maxBytes} bytes`);
  }
  return reader[1](source, facts, options);
}

/** For bodies that can only be read when all of the content-length is there. */
function whole(
  read: (source: ParsedBodySource, options: BodyOptions) => JsonValue,
): (source: ParsedBodySource, facts: BodyFacts, options: BodyOptions) => ParsedBody {
  return (source, facts, options) => {
    if (facts.lengthIsInvalid) {
      throw new PortcullisError('invalid_request', 'The content-length is not a number of bytes');
    }
    if ((facts.declaredBytes ?? 0) > facts.receivedBytes) return TRUNCATED_BODY;
    return { value: read(source, options), truncated: false };
  };
}

function readGrpc(source: ParsedBodySource, _facts: BodyFacts, { grpc, limits }: BodyOptions): ParsedBody {
  if (grpc === undefined || source.rawBody.byteLength === 0) return NO_BODY;
  const value = grpc.read(parsedPath(source.path), source.rawBody, limits);
  return value === undefined ? TRUNCATED_BODY : { value, truncated: false };
}

function payload({ body, rawBody }: ParsedBodySource): string {
  return byteString(body === '' ? rawBody : body);
}
