/*
 * Which header fields an answer may touch. What Envoy would carry out wrongly, ignore without a word, or refuse as a
 * whole (`validate_mutations`) is refused here, where the message can name the place.
 */

/** Where a policy names a header: set on the request, removed from it, or sent to the client. */
export type HeaderPlace = 'request' | 'removal' | 'response';

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What RFC 9110, 5.5 leaves out: control characters but for the tab. Characters beyond ASCII are obs-text as UTF-8. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

/** They frame the message or belong to one connection (RFC 9110, 7.6.1 and 7.2; RFC 9113, 8.2.2), so that Envoy alone may write them. */
const FRAMING: ReadonlySet<string> = new Set([
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

/** What Envoy itself says about a request: servers and filters behind it believe these, or are steered by them. */
const ENVOY_FACTS: ReadonlySet<string> = new Set([
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

/** An Envoy further out takes these for the state of this one and stops sending it requests. */
const ENVOY_STATE: ReadonlySet<string> = new Set([
  'x-envoy-degraded',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-overloaded',
]);

/** Why a header of this name may not be touched there, as the end of a sentence; undefined when it may. `name` is in lower case. */
export function nameProblem(name: string, place: HeaderPlace): string | undefined {
  if (name.startsWith(':')) return 'is a pseudo-header, which only Envoy may write';
  if (!TOKEN.test(name)) return 'is not a header name: use letters, digits and -';
  if (FRAMING.has(name)) return 'belongs to the connection or frames the message: leave it to Envoy';
  if (place === 'request' && ENVOY_FACTS.has(name)) return "is Envoy's own statement: use another name";
  if (place === 'response' && ENVOY_STATE.has(name)) return "is Envoy's own statement: use another name";
  return undefined;
}

/** Why a value may not be sent, as the end of a sentence that does not hold the value, which may be a secret; undefined when it may. */
export function valueProblem(value: string): string | undefined {
  if (CONTROL.test(value)) return 'holds a control character such as CR, LF or NUL: encode or remove it';
  if (!value.isWellFormed()) return 'holds half a surrogate pair: it cannot be sent as UTF-8';
  return undefined;
}
