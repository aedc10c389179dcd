/*
 * Which header fields an answer may touch. What Envoy carries out wrongly, passes over without a word or refuses as a
 * whole is refused here, where the message can name the place. Seen with Envoy 1.40, `validate_mutations` on and off:
 *
 * - `:path`, `:authority` and `host` can be set on the request: the policy would judge one request and the upstream get another.
 *   Removing them does nothing, as does every other name with `:`.
 * - `content-length` and `transfer-encoding` are sent as told: the upstream answers 400, the client loses its place in the stream.
 * - A name that is no token: a 500 for the client with `validate_mutations`, broken responses or a 503 without. The empty name
 *   breaks both.
 * - CR LF in a value: a 500 with `validate_mutations`; without, headers of a denial are written as they are: a header injected.
 *
 * Sources: source/extensions/filters/http/ext_authz/ext_authz.cc (onComplete, isRemovableHeader), RFC 9110 and RFC 9113.
 */

/** Where a policy names a header: set on or removed from the request, added to the upstream's response, or sent with a denial. */
export type HeaderPlace = 'request' | 'removal' | 'response' | 'denial';

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What RFC 9110, 5.5 leaves out: control characters but for the tab. Characters beyond ASCII are obs-text as UTF-8. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

/** They name the target, frame the message or belong to one connection (RFC 9110, 7.2 and 7.6.1; RFC 9113, 8.2.2): Envoy alone may write them. */
export const FRAMING: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
]);

/**
 * What Envoy itself says about a request: servers and filters behind it believe these or are steered by them
 * (`x-envoy-original-dst-host` chooses the upstream's address). Others, such as timeouts and retries, are a policy's to set.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_conn_man/headers
 */
export const ENVOY_FACTS: ReadonlySet<string> = new Set([
  'x-envoy-auth-failure-mode-allowed',
  'x-envoy-auth-partial-body',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-external-address',
  'x-envoy-internal',
  'x-envoy-original-dst-host',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-peer-metadata',
  'x-envoy-peer-metadata-id',
]);

/** An Envoy further out takes these for the state of this one, and sends it less or nothing. */
export const ENVOY_STATE: ReadonlySet<string> = new Set([
  'x-envoy-degraded',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-overloaded',
]);

/**
 * What the headers of one place may have together, names included: as much as Envoy by default takes in all
 * (`max_request_headers_kb`), so that what is beyond could not arrive.
 */
export const MAX_HEADERS_BYTES: number = 60 * 1024;

/** Why a header of this name, in lower case, may not be touched there, as the end of a sentence; undefined when it may. */
export function nameProblem(name: string, place: HeaderPlace): string | undefined {
  if (name.startsWith(':')) return 'names a pseudo-header, which only Envoy may write';
  if (!TOKEN.test(name)) return 'is not the name of a header: use letters, digits and -';
  // What is set as `content_length` is a Content-Length to servers that read `_` as `-`; removed it is to none.
  const meant = place === 'removal' ? name : name.replaceAll('_', '-');
  if (FRAMING.has(meant))
    return 'names a header that frames the message or belongs to the connection: leave it to Envoy';
  const statements = place === 'request' ? ENVOY_FACTS : ENVOY_STATE;
  if (place !== 'removal' && statements.has(meant))
    return 'names a header by which Envoy speaks for itself: use another';
  return undefined;
}

/** Why a value may not be sent, as the end of a sentence that does not hold the value (it may be a secret); undefined when it may. */
export function valueProblem(value: string): string | undefined {
  if (CONTROL.test(value)) return 'holds a control character such as CR, LF or NUL: encode or remove it';
  if (!value.isWellFormed()) return 'holds half a surrogate pair, which UTF-8 cannot say: remove it';
  return undefined;
}
