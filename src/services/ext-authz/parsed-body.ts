import { Buffer } from 'node:buffer';
import type { InputLimits } from '../../decision/json-view.ts';
import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';
import type { JsonValue } from '../../json/value.ts';
import type { BodyFacts, BodySource } from './body-facts.ts';
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

const NONE: ParsedBody = { value: null, truncated: false };
const TRUNCATED: ParsedBody = { value: null, truncated: true };

export function parsedBody(source: ParsedBodySource, facts: BodyFacts, options: BodyOptions): ParsedBody {
  if (source.headers['x-envoy-auth-partial-body'] === 'true') return TRUNCATED;
  const contentType = source.headers['content-type'] ?? '';
  if (facts.receivedBytes === 0) return NONE;
  if (contentType.includes('application/json'))
    return { value: parseJson(source.body || source.rawBody, options.limits), truncated: false };
  if (contentType.includes('application/grpc'))
    return options.grpc?.read(parsedPath(source.path), source.rawBody) ?? NONE;
  if (contentType.includes('application/x-www-form-urlencoded'))
    return {
      value: parseQuery(source.body || Buffer.from(source.rawBody).toString(), 'form'),
      truncated: false,
    };
  if (contentType.includes('multipart/form-data'))
    throw new PortcullisError('invalid_request', 'multipart is not read yet');
  return NONE;
}
