import type { InputLimits } from '../decision/json-view.ts';
import { PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { JsonValue } from '../json/value.ts';
import type { HttpRequest } from '../rpc.ts';

/**
 * The entrypoint that the path below `/v1/data` names. Each segment is percent-decoded by itself, once. Refused with
 * `invalid_request`, so that no two readers of a path can mean different rules: segments that are empty, `.` or `..`, or
 * that hold a slash, backslash, double quote or control character once decoded; escapes that are not UTF-8.
 */
export function entrypointOf(rest: string): string {
  if (rest === '') throw new PortcullisError('not_found', 'Name an entrypoint below /v1/data');
  return rest
    .split('/')
    .map((segment) => decodeSegment(segment))
    .join('/');
}

// oxlint-disable-next-line no-control-regex
const REFUSED_SEGMENT = /^\.{0,2}$|[/\\"\u0000-\u001f\u007f]/;

function decodeSegment(segment: string): string {
  const decoded = percentDecoded(segment);
  if (decoded !== undefined && !REFUSED_SEGMENT.test(decoded)) return decoded;
  throw new PortcullisError('invalid_request', `The path has an invalid segment ${JSON.stringify(segment)}`);
}

function percentDecoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** The input of a request; undefined when it has none. */
export type ReadInput = (request: HttpRequest, limits: InputLimits) => JsonValue | undefined;

/** The input of `GET`: the last `input` parameter, JSON text; `null` is null. Throws `json_*`. */
export const inputOfGet: ReadInput = ({ query, target }, limits) => {
  const text = query.getAll('input').at(-1);
  if (text === undefined) return undefined;
  // URLSearchParams puts U+FFFD where the bytes are not UTF-8; a caller may also have meant that character.
  if (text.includes('\ufffd') && percentDecoded(target) === undefined) {
    throw new PortcullisError('json_invalid', 'The parameter `input` is not UTF-8');
  }
  return parseJson(text, limits);
};

/**
 * The input of `POST`: the key `input` of the body. As OPA reads it, no body, `null`, a body without the key and
 * `{"input": null}` are all no input. Other keys are metadata, which no builtin of ours reads. Throws `json_*` and
 * `invalid_request`; a key given twice is refused anywhere, where OPA takes the last.
 */
export const inputOfPost: ReadInput = (request, limits) => {
  refuseEncodings(request);
  if (request.body.byteLength === 0) return undefined;
  // The input may be as deep as its limit; the body's object is one more.
  const body = parseJson(request.body, { ...limits, maxDepth: limits.maxDepth + 1 });
  if (body === null) return undefined;
  if (typeof body !== 'object' || Array.isArray(body) || JSON.isRawJSON(body)) {
    throw new PortcullisError('invalid_request', 'The body must be an object with the key `input`');
  }
  return body['input'] ?? undefined;
};

/** OPA also reads gzip and YAML. */
function refuseEncodings(request: HttpRequest): void {
  const encoding = request.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new PortcullisError(
      'invalid_request',
      'The body must not be compressed: send it without Content-Encoding',
    );
  }
  if (request.header('content-type')?.toLowerCase().includes('yaml') === true) {
    throw new PortcullisError(
      'invalid_request',
      'The body must be JSON: send it with Content-Type application/json',
    );
  }
}

/** Query parameters of the Data API that shape the answer. */
export interface DataApiOptions {
  readonly pretty: boolean;
  readonly provenance: boolean;
  readonly metrics: boolean;
}

/** Throws `invalid_request` for parameters that would change the answer and that we do not offer. */
export function optionsOf(query: URLSearchParams): DataApiOptions {
  if (isOn(query, 'strict-builtin-errors')) throw notOffered('strict-builtin-errors');
  if (isOn(query, 'rule_labels')) throw notOffered('rule_labels');
  const explain = query.get('explain') ?? 'off';
  if (explain !== 'off' && explain !== '') throw notOffered('explain');
  return {
    pretty: isOn(query, 'pretty'),
    provenance: isOn(query, 'provenance'),
    metrics: isOn(query, 'metrics') || isOn(query, 'instrument'),
  };
}

/** As OPA reads a boolean parameter: present without a value, or `true` in any case (`getBoolParam` of v1/server/server.go). */
function isOn(query: URLSearchParams, name: string): boolean {
  const values = query.getAll(name);
  if (values.length === 1 && values[0] === '') return true;
  return values.some((value) => value.toLowerCase() === 'true');
}

const notOffered = (parameter: string): PortcullisError =>
  new PortcullisError('invalid_request', `The parameter ${parameter} is not offered: leave it out`);

/** Directives of requests that a stored answer does not satisfy (RFC 9111, 5.2.1.1, 5.2.1.4 and 5.2.1.5). */
const NO_CACHE: ReadonlySet<string> = new Set(['no-cache', 'no-store', 'max-age=0', 'max-age="0"']);

/** Whether a request's `Cache-Control` wants an answer that is evaluated for it. */
export function wantsNoCache(cacheControl: string | undefined): boolean {
  if (cacheControl === undefined) return false;
  return listOf(cacheControl).some((directive) => NO_CACHE.has(directive.trim().toLowerCase()));
}

/** The elements of a list in a header. Commas in quoted strings separate nothing (RFC 9110, 5.6.1 and 5.6.4). */
function listOf(header: string): string[] {
  const elements: string[] = [];
  let [start, quoted] = [0, false];
  for (let at = 0; at < header.length; at++) {
    const character = header[at];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') at++;
    else if (!quoted && character === ',') {
      elements.push(header.slice(start, at));
      start = at + 1;
    }
  }
  elements.push(header.slice(start));
  return elements;
}
