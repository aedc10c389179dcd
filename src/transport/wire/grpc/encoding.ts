/** How messages are compressed (gRPC over HTTP/2, "Message-Encoding"; grpc/doc/compression.md). */

export type GrpcEncoding = 'identity' | 'gzip' | 'deflate';

/** What an answer says under `grpc-accept-encoding`: the names that grpc-js serves, in its order. Answers are not compressed. */
export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

/** Names are case-sensitive. Messages under any other are refused with UNIMPLEMENTED and the list of those accepted. */
export function isGrpcEncoding(name: string): name is GrpcEncoding {
  return name === 'identity' || name === 'gzip' || name === 'deflate';
}
