import { create, fromBinary } from '@bufbuild/protobuf';
import {
  type AttributeContext_HttpRequest,
  AttributeContext_HttpRequestSchema,
} from '../../src/gen/envoy/service/auth/v3/attribute_context_pb.ts';
import { CheckRequestSchema } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { parseJson } from '../../src/json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import type { CheckAnswer } from './answer.ts';

/** The input as the policy `echo` gives it back, its numbers with their text. */
export type InputDocument = JsonObject;

export function echoed({ metadata }: CheckAnswer): InputDocument | undefined {
  const text = metadata['input'];
  if (typeof text !== 'string') return undefined;
  try {
    return parseJson(text, { maxDepth: 4000 }) as JsonObject;
  } catch {
    // The plugin writes different names that are not UTF-8 alike, which is a key given twice.
    return JSON.parse(text) as JsonObject;
  }
}

/** The same answer, its echoed input in the form that {@link echoing} writes. */
export function normalized(answer: CheckAnswer): CheckAnswer {
  const input = echoed(answer);
  return input === undefined ? answer : echoing(answer, input);
}

/** The answer of `echo` with another input; texts of equal inputs are equal. */
export const echoing = (answer: CheckAnswer, input: InputDocument): CheckAnswer => ({
  ...answer,
  metadata: { ...answer.metadata, input: JSON.stringify(sorted(input)) },
});

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const result = Object.create(null) as JsonObject;
  for (const key of Object.keys(value).sort()) result[key] = sorted(value[key]!);
  return result;
}

/** The same value with each number replaced; the others are as they were. */
export function mapNumbers(value: JsonValue, map: (text: string) => JsonValue): JsonValue {
  if (typeof value === 'number') return map(JSON.stringify(value));
  if (Array.isArray(value)) return value.map((item) => mapNumbers(item, map));
  if (isJsonObject(value)) {
    const result = Object.create(null) as JsonObject;
    for (const [key, member] of Object.entries(value)) result[key] = mapNumbers(member, map);
    return result;
  }
  return JSON.isRawJSON(value) ? map(JSON.stringify(value)) : value;
}

const read = new WeakMap<Uint8Array, AttributeContext_HttpRequest>();

/** The HTTP request in a CheckRequest; an empty one where it cannot be read. */
export function httpOf(request: Uint8Array): AttributeContext_HttpRequest {
  let http = read.get(request);
  if (http === undefined) read.set(request, (http = readHttp(request)));
  return http;
}

function readHttp(request: Uint8Array): AttributeContext_HttpRequest {
  try {
    const { attributes } = fromBinary(CheckRequestSchema, request);
    if (attributes?.request?.http !== undefined) return attributes.request.http;
  } catch {
    // As one without.
  }
  return create(AttributeContext_HttpRequestSchema);
}

/** The body as it would be read as text: `body`, else `raw_body`. */
export const bodyOf = ({ body, rawBody }: AttributeContext_HttpRequest): Buffer =>
  body === '' ? Buffer.from(rawBody) : Buffer.from(body);
