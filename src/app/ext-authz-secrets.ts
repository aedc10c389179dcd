/** Headers that carry credentials. */
const OF_REQUESTS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'x-auth-token',
  'x-forwarded-access-token',
];

/**
 * Where the requests that Envoy asks about, and the answers to them, usually hold credentials: places that no decision log
 * is given once `extAuthz` is configured. What else is secret, the operator adds (`decisionLog.mask`).
 */
export const EXT_AUTHZ_SECRETS: readonly string[] = [
  ...OF_REQUESTS.map((name) => `/input/attributes/request/http/headers/${name}`),
  // Raw headers are a list, which no pointer can search.
  '/input/attributes/request/http/headerMap',
  // As text or bytes; `parsed_body`, by which policies decide, stays.
  '/input/attributes/request/http/body',
  '/input/attributes/request/http/rawBody',
  ...OF_REQUESTS.map((name) => `/result/headers/${name}`),
  '/result/headers/set-cookie',
  '/result/response_headers_to_add/set-cookie',
];
