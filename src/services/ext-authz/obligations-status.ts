/*
 * Envoy's enum StatusCode (envoy/type/v3/http_status.proto), all of which Go's net/http knows too, as opa-envoy-plugin asks; without 100,
 * after which a client would wait for another status for ever.
 */
const KNOWN: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402,
  403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428,
  429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
]);

/** Whether Envoy can answer a denied request with this status. */
export function isDenialStatus(status: number): boolean {
  return KNOWN.has(status);
}
