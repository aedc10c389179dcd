import type { InputLimits } from '../../../decision/json-view.ts';
import { PortcullisError } from '../../../errors.ts';
import { AttributeContext_HttpRequestSchema } from '../../../gen/envoy/service/auth/v3/attribute_context_pb.ts';
import { CheckRequestSchema } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { isJsonObject, type JsonObject } from '../../../json/value.ts';
import { headersOf } from './header-map.ts';
import { compileMessage } from './message-reader.ts';
import { emptyObject } from './reading.ts';

/** What a CheckRequest says. Texts are empty where it says nothing. */
export interface CheckFacts {
  /**
   * The CheckRequest as opa-envoy-plugin's `protomap` makes it: `{attributes: {…}}` with lowerCamel names and only what
   * is set (see `compileMessage`). One addition: where `headers` is empty and `headerMap` is not, `headers` is made from
   * it, so that a policy reads the same headers whether or not Envoy's filter says `encode_raw_headers`; a condition
   * such as `not http.headers["x-internal"]` would else always hold under it. Null-prototype objects.
   */
  readonly document: JsonObject;
  readonly method: string;
  /** As received, with the query. */
  readonly path: string;
  /** The caller's authenticated name, from `attributes.source.principal`. */
  readonly principal: string;
  /** By name as Envoy sent it (lower case). The very object that the document has. Null prototype. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A view on the request's bytes. */
  readonly rawBody: Uint8Array;
  readonly contextExtensions: Readonly<Record<string, string>>;
}

/** What an empty CheckRequest says. */
export const NO_FACTS: CheckFacts = Object.freeze({
  document: Object.freeze(emptyObject()),
  method: '',
  path: '',
  principal: '',
  headers: Object.freeze(emptyObject()) as Readonly<Record<string, string>>,
  body: '',
  rawBody: new Uint8Array(0),
  contextExtensions: Object.freeze(emptyObject()) as Readonly<Record<string, string>>,
});

const readDocument = compileMessage(CheckRequestSchema);

const RAW_BODY = AttributeContext_HttpRequestSchema.field.rawBody;

const NO_BYTES = new Uint8Array(0);

/**
 * Reads an encoded envoy.service.auth.v3.CheckRequest by the letter. Throws `json_too_large`, `json_too_deep`, and for
 * bytes that are no such message `invalid_request`, `json_duplicate_key` or `json_invalid`, naming the field.
 */
export function readCheckRequest(bytes: Uint8Array, limits: InputLimits): CheckFacts {
  if (bytes.byteLength > limits.maxBytes) {
    throw new PortcullisError(
      'json_too_large',
      `The CheckRequest has ${bytes.byteLength} bytes, more than the limit of ${limits.maxBytes}`,
    );
  }
  let rawBody: Uint8Array = NO_BYTES;
  const document = readDocument(bytes, {
    maxDepth: limits.maxDepth,
    onBytes: (field, value) => {
      if (field === RAW_BODY) rawBody = value;
    },
  });
  const attributes = objectAt(document, 'attributes');
  const http = objectAt(objectAt(attributes, 'request'), 'http');
  return {
    document,
    method: textAt(http, 'method'),
    path: textAt(http, 'path'),
    principal: textAt(objectAt(attributes, 'source'), 'principal'),
    headers: completeHeaders(http),
    body: textAt(http, 'body'),
    rawBody,
    contextExtensions: objectAt(attributes, 'contextExtensions') as Record<string, string>,
  };
}

/** The headers; adds them to `http` where it has them in another form only. */
function completeHeaders(http: JsonObject): Readonly<Record<string, string>> {
  const { headers, headerMap } = http;
  if (isJsonObject(headers)) return headers as Record<string, string>;
  if (!isJsonObject(headerMap) || !Array.isArray(headerMap['headers']))
    return NOTHING as Record<string, string>;
  const made = headersOf(headerMap);
  http['headers'] = made;
  return made;
}

/** Stands for what the request does not have. Frozen, because it is shared. */
const NOTHING: JsonObject = Object.freeze(emptyObject());

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : NOTHING;
}

function textAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
