import type { JsonValue } from '../../../json/value.ts';
import { invalid } from './obligations-error.ts';

/**
 * Envoy's enum StatusCode (envoy/type/v3/http_status.proto), all of which Go's net/http knows too, as opa-envoy-plugin asks
 * (envoyauth/response.go, GetResponseEnvoyHTTPStatus); but for 100, which is not the end of a response: the client would
 * take what follows for garbage.
 */
const STATUSES: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402,
  403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428,
  429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
]);

/** After these, bytes of a body are taken for the next response (RFC 9110, 6.4.1), and Envoy sends them all the same. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const FORBIDDEN = 403;

/** Reads `http_status` and `body`. Without a status it is 403. */
export function readDenial(
  status: JsonValue | undefined,
  body: JsonValue | undefined,
): { httpStatus: number; body: string } {
  const httpStatus = status ?? FORBIDDEN;
  if (status === null || typeof httpStatus !== 'number' || !STATUSES.has(httpStatus)) {
    throw invalid('http_status', 'is not a final HTTP status that Envoy knows: use a number such as 403');
  }
  if (body !== undefined && typeof body !== 'string')
    throw invalid('body', 'is not a string: use json.marshal');
  if (BODILESS.has(httpStatus) && body)
    throw invalid('body', `cannot go with http_status ${httpStatus}: leave it out`);
  return { httpStatus, body: body ?? '' };
}
