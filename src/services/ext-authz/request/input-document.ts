import type { InputLimits } from '../../../decision/json-view.ts';
import { PortcullisError, toPortcullisError } from '../../../errors.ts';
import type { JsonObject, JsonValue } from '../../../json/value.ts';
import { type BodyFacts, bodyFacts } from '../body/body-facts.ts';
import type { BodyFormat } from '../body/body-type.ts';
import type { GrpcBodies } from '../body/grpc-body.ts';
import { parsedBody } from '../body/parsed-body.ts';
import { parsedPath, parsedQuery } from '../path/parsed-path.ts';
import type { PathFacts } from '../path/path-facts.ts';
import type { CheckFacts } from './check-request.ts';
import { emptyObject } from './reading.ts';

/** A part of the input that is parsed from what the request's client sent, and may fail to be. */
export type InputPart = 'parsed_path' | 'parsed_query' | 'parsed_body';

/** What was made of a part; of the body also how it was read, and whether it was cut. */
interface ReadPart {
  readonly value: JsonValue;
  readonly truncated?: boolean;
  readonly format?: BodyFormat | null;
}

/** The parts of one request that were parsed already, or why they could not be. */
export type KnownParts = Map<InputPart, ReadPart | PortcullisError>;

/** The input document, as far as it could be built. */
export interface BuiltInput {
  /**
   * As opa-envoy-plugin builds it: `attributes`, `version`, `parsed_path`, `parsed_query`, `parsed_body`,
   * `truncated_body`, `source_principal` where it is not empty. Beside them `path` {raw, raw_segments,
   * decoded_segments?, normalized?, ambiguities} and `body` {state, received_bytes,
   * declared_bytes?, format?}. Parts that failed are left out, and with `parsed_body` the format.
   */
  readonly document: JsonObject;
  /** Why, for each part that failed. */
  readonly failed: ReadonlyMap<InputPart, PortcullisError>;
}

export interface InputOptions {
  readonly limits: InputLimits;
  /** Without it neither `parsed_body` nor `truncated_body` is there, as with the plugin's `skip-request-body-parse`. */
  readonly parseBody: boolean;
  /** What gRPC bodies are read by; they are null without it. */
  readonly grpc: GrpcBodies | undefined;
}

/** What the plugin says of its own input. */
export const VERSION: JsonObject = Object.freeze(
  Object.assign(emptyObject(), { ext_authz: 'v3', encoding: 'protojson' }),
);

/**
 * Builds the input that policies of opa-envoy-plugin know. Never throws for what a client sent: a policy that does not
 * read a part is not affected by its failure. `path` are the facts of `facts.path`. What is parsed, which may be dear, is
 * left out where `reads` says that nobody reads it; what `known` holds of the same request is not parsed again.
 */
export function buildInput(
  facts: CheckFacts,
  path: PathFacts,
  options: InputOptions,
  reads: (key: string) => boolean = () => true,
  known: KnownParts = new Map(),
): BuiltInput {
  const document = emptyObject();
  const failed = new Map<InputPart, PortcullisError>();
  const add = (part: InputPart, parse: () => ReadPart): ReadPart | undefined => {
    let read = known.get(part);
    if (read === undefined) known.set(part, (read = attempt(parse)));
    if (read instanceof PortcullisError) {
      failed.set(part, read);
      return undefined;
    }
    document[part] = read.value;
    return read;
  };
  const { attributes } = facts.document;
  if (attributes !== undefined) document['attributes'] = attributes;
  document['version'] = VERSION;
  if (reads('parsed_path')) add('parsed_path', () => ({ value: parsedPath(facts.path) }));
  if (reads('parsed_query')) add('parsed_query', () => ({ value: parsedQuery(path.rawQuery) }));
  const body = bodyFacts(facts);
  let format: BodyFormat | null = null;
  // The parsed body decides about the format, and that of gRPC about whether it was cut.
  if (options.parseBody && (reads('parsed_body') || reads('truncated_body') || reads('body'))) {
    const read = add('parsed_body', () => readBody(facts, body, options));
    format = read?.format ?? null;
    document['truncated_body'] = read?.truncated ?? isTruncated(body);
  }
  if (facts.principal !== '') document['source_principal'] = facts.principal;
  if (reads('path')) document['path'] = pathPart(path);
  if (reads('body')) {
    const part = bodyPart(body);
    if (!failed.has('parsed_body')) part['format'] = format;
    document['body'] = part;
  }
  return { document, failed };
}

function attempt(parse: () => ReadPart): ReadPart | PortcullisError {
  try {
    return parse();
  } catch (thrown) {
    return toPortcullisError(thrown);
  }
}

function readBody(facts: CheckFacts, body: BodyFacts, options: InputOptions): ReadPart {
  const cut: ReadPart = { value: null, truncated: true };
  const truncated = isTruncated(body);
  // Whether a length that is no number matters depends on the type of the body.
  if (truncated && !body.lengthIsInvalid) return cut;
  const parsed = parsedBody(facts, body, options);
  if (truncated || parsed.truncated) return cut;
  return { value: parsed.value, truncated: false, format: parsed.format };
}

/** Also when nothing was received of what was announced: the plugin says false there, and a policy may take it for empty. */
function isTruncated({ state, receivedBytes, declaredBytes }: BodyFacts): boolean {
  return state === 'truncated' || (declaredBytes !== undefined && declaredBytes > receivedBytes);
}

function pathPart(path: PathFacts): JsonObject {
  const part = emptyObject();
  part['raw'] = path.raw;
  part['raw_segments'] = [...path.rawSegments];
  if (path.decodedSegments !== undefined) part['decoded_segments'] = [...path.decodedSegments];
  if (path.normalized !== undefined) part['normalized'] = path.normalized;
  part['ambiguities'] = [...path.ambiguities];
  return part;
}

function bodyPart({ state, receivedBytes, declaredBytes }: BodyFacts): JsonObject {
  const part = emptyObject();
  part['state'] = state;
  part['received_bytes'] = receivedBytes;
  if (declaredBytes !== undefined) part['declared_bytes'] = declaredBytes;
  return part;
}
