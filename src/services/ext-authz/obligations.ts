import { PortcullisError } from '../../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { nameProblem } from './header-rules.ts';
import { type HeaderMutation, readHeaders } from './obligations-headers.ts';
import { isDenialStatus } from './obligations-status.ts';

/** What a policy's object asks for beside its answer, checked: it can be carried out as it is. */
export interface Obligations {
  /** Of an allowed request, or of the answer to a denied one. */
  readonly headers: readonly HeaderMutation[];
  /** Of the answer to an allowed request. */
  readonly responseHeaders: readonly HeaderMutation[];
  /** Of an allowed request, lower case. */
  readonly headersToRemove: readonly string[];
  readonly queryToSet: readonly (readonly [name: string, value: string])[];
  readonly queryToRemove: readonly string[];
  /** Of a denial. */
  readonly body: string;
  /** Of a denial; 403 unless the policy says otherwise. */
  readonly httpStatus: number;
  readonly metadata: JsonObject | undefined;
}

const NONE: Obligations = {
  headers: [],
  responseHeaders: [],
  headersToRemove: [],
  queryToSet: [],
  queryToRemove: [],
  body: '',
  httpStatus: 403,
  metadata: undefined,
};

const allowedOnes = new WeakMap<JsonObject, Obligations>();
const deniedOnes = new WeakMap<JsonObject, Obligations>();

/** Reads what applies to an allowed or a denied answer; throws `obligations_invalid` naming the place. Memoised by object identity (cached answers share it). */
export function readObligations(obligations: JsonObject | undefined, allowed: boolean): Obligations {
  if (obligations === undefined) return NONE;
  const known = allowed ? allowedOnes : deniedOnes;
  let read = known.get(obligations);
  if (read === undefined) {
    read = allowed ? readAllowed(obligations) : readDenied(obligations);
    known.set(obligations, read);
  }
  return read;
}

function readAllowed(obligations: JsonObject): Obligations {
  const { headers, emptied } = readHeaders(obligations['headers'], 'headers', 'request');
  const response = readHeaders(obligations['response_headers_to_add'], 'response_headers_to_add', 'response');
  const removed = readNames(obligations['request_headers_to_remove'], 'request_headers_to_remove').map(
    (name, index) => removable(name, `request_headers_to_remove[${index}]`),
  );
  return {
    ...NONE,
    headers,
    responseHeaders: response.headers,
    headersToRemove: [...new Set([...removed, ...emptied])],
    queryToSet: readQuery(obligations['query_parameters_to_set']),
    queryToRemove: readNames(obligations['query_parameters_to_remove'], 'query_parameters_to_remove'),
    metadata: readMetadata(obligations['dynamic_metadata']),
  };
}

function readDenied(obligations: JsonObject): Obligations {
  return {
    ...NONE,
    headers: readHeaders(obligations['headers'], 'headers', 'response').headers,
    body: readBody(obligations['body']),
    httpStatus: readStatus(obligations['http_status']),
    metadata: readMetadata(obligations['dynamic_metadata']),
  };
}

function removable(name: string, place: string): string {
  const lower = name.toLowerCase();
  const problem = nameProblem(lower, 'removal');
  if (problem !== undefined) throw invalid(place, problem);
  return lower;
}

function readNames(value: JsonValue | undefined, place: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(place, 'is not a list: use a list of strings');
  return value.map((item, index) => text(item, `${place}[${index}]`));
}

function readQuery(value: JsonValue | undefined): [string, string][] {
  if (value === undefined) return [];
  const place = 'query_parameters_to_set';
  if (!isJsonObject(value))
    throw invalid(place, 'is not an object: use names with strings or lists of strings');
  return Object.entries(value).flatMap(([name, given]) => {
    const at = `${place}[${JSON.stringify(name)}]`;
    if (!Array.isArray(given)) return [[name, text(given, at)] as [string, string]];
    return given.map((item, index): [string, string] => [name, text(item, `${at}[${index}]`)]);
  });
}

function readBody(value: JsonValue | undefined): string {
  return value === undefined ? '' : text(value, 'body');
}

function readStatus(value: JsonValue | undefined): number {
  if (value === undefined) return NONE.httpStatus;
  if (typeof value !== 'number' || !isDenialStatus(value)) {
    throw invalid('http_status', 'is not a final HTTP status that Envoy knows: use a number such as 403');
  }
  return value;
}

function readMetadata(value: JsonValue | undefined): JsonObject | undefined {
  if (value === undefined || isJsonObject(value)) return value;
  throw invalid('dynamic_metadata', 'is not an object');
}

function text(value: JsonValue, place: string): string {
  if (typeof value !== 'string') throw invalid(place, 'is not a string');
  return value;
}

function invalid(place: string, problem: string): PortcullisError {
  return new PortcullisError('obligations_invalid', `The policy's ${place} ${problem}`);
}
