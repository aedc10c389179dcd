import { isJsonObject, type JsonObject, type JsonValue } from '../../../json/value.ts';
import { nameProblem } from './header-rules.ts';
import { readDenial } from './obligations-denial.ts';
import { at, invalid } from './obligations-error.ts';
import { type HeaderMutations, NO_HEADERS, readHeaders } from './obligations-headers.ts';
import { readQueryToSet } from './obligations-query.ts';

/** What a policy's object asks for beside its answer, checked: Envoy can carry it out as it is. */
export interface Obligations {
  /** Of an allowed request, or of the answer to a denied one. */
  readonly headers: HeaderMutations;
  /** Of the upstream's response to an allowed request. */
  readonly responseHeaders: HeaderMutations;
  /** Of an allowed request, lower case, each once. */
  readonly headersToRemove: readonly string[];
  readonly queryToSet: readonly (readonly [name: string, value: string])[];
  readonly queryToRemove: readonly string[];
  /** Of a denial. */
  readonly body: string;
  /** Of a denial; 403 unless the policy says otherwise. */
  readonly httpStatus: number;
  /** `dynamic_metadata` as the policy gives it. */
  readonly metadata: JsonObject | undefined;
}

/** What applies where a policy says nothing beside its answer. */
export const NO_OBLIGATIONS: Obligations = {
  headers: NO_HEADERS,
  responseHeaders: NO_HEADERS,
  headersToRemove: [],
  queryToSet: [],
  queryToRemove: [],
  body: '',
  httpStatus: 403,
  metadata: undefined,
};

const allowedOnes = new WeakMap<JsonObject, Obligations>();
const deniedOnes = new WeakMap<JsonObject, Obligations>();

/**
 * Reads what applies to an allowed or a denied answer: the keys and types of opa-envoy-plugin (envoyauth/response.go), where a wrong type is
 * an error of the RPC. Unknown keys and those of the other answer are not looked at, as there. Throws
 * `obligations_invalid` naming the place. Memoised by object identity, which cached answers share.
 */
export function readObligations(obligations: JsonObject | undefined, allowed: boolean): Obligations {
  if (obligations === undefined) return NO_OBLIGATIONS;
  const known = allowed ? allowedOnes : deniedOnes;
  let read = known.get(obligations);
  if (read === undefined) {
    read = allowed ? readAllowed(obligations) : readDenied(obligations);
    known.set(obligations, read);
  }
  return read;
}

function readAllowed(obligations: JsonObject): Obligations {
  const headers = readHeaders(obligations['headers'], 'headers', 'request');
  const removed = readRemovals(obligations['request_headers_to_remove'], 'request_headers_to_remove');
  return {
    ...NO_OBLIGATIONS,
    headers,
    responseHeaders: readHeaders(
      obligations['response_headers_to_add'],
      'response_headers_to_add',
      'response',
    ),
    headersToRemove: [...new Set([...removed, ...headers.emptied])],
    queryToSet: readQueryToSet(obligations['query_parameters_to_set']),
    queryToRemove: readStrings(obligations['query_parameters_to_remove'], 'query_parameters_to_remove'),
    metadata: readMetadata(obligations['dynamic_metadata']),
  };
}

function readDenied(obligations: JsonObject): Obligations {
  return {
    ...NO_OBLIGATIONS,
    headers: readHeaders(obligations['headers'], 'headers', 'denial'),
    ...readDenial(obligations['http_status'], obligations['body']),
    metadata: readMetadata(obligations['dynamic_metadata']),
  };
}

function readRemovals(value: JsonValue | undefined, place: string): string[] {
  return readStrings(value, place).map((item, index) => {
    const name = item.toLowerCase();
    const problem = nameProblem(name, 'removal');
    if (problem !== undefined) throw invalid(at(place, index), problem);
    return name;
  });
}

function readStrings(value: JsonValue | undefined, place: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(place, 'is not a list of strings');
  return value.map((item, index) => {
    if (typeof item !== 'string') throw invalid(at(place, index), 'is not a string');
    return item;
  });
}

/** Envoy 1.40 reads 33 levels (100 messages in one another, of which an object takes three); an answer that is deeper fails the whole check, to which its `failure_mode_allow` applies. */
const MAX_METADATA_DEPTH = 32;

function readMetadata(value: JsonValue | undefined): JsonObject | undefined {
  const place = 'dynamic_metadata';
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw invalid(place, 'is not an object');
  if (isDeeper(value, MAX_METADATA_DEPTH)) {
    throw invalid(
      place,
      `is deeper than ${MAX_METADATA_DEPTH} levels, more than Envoy reads: make it flatter`,
    );
  }
  return value;
}

function isDeeper(value: JsonValue, levels: number): boolean {
  if (!Array.isArray(value) && !isJsonObject(value)) return false;
  return levels === 0 || Object.values<JsonValue>(value).some((inner) => isDeeper(inner, levels - 1));
}
