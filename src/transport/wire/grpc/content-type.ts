/** The header `content-type` (gRPC over HTTP/2, "Content-Type"). */

const GRPC = 'application/grpc';
const NEXT = /^[+; \t]/;

/**
 * Whether this asks for gRPC: `application/grpc`, alone or followed by a format (`+proto`, which is all that services speak, so
 * that others fail when they are decoded) or by parameters. Media types are case-insensitive (RFC 9110, 8.3.1). `application/grpc-web` is
 * something else. Whatever is not gRPC gets HTTP 415, so that no other client takes a gRPC error for a success.
 */
export function isGrpcContentType(value: string): boolean {
  if (value === GRPC) return true;
  const rest = value.slice(GRPC.length);
  return value.slice(0, GRPC.length).toLowerCase() === GRPC && (rest === '' || NEXT.test(rest));
}
