/** The contract of a gRPC transport, one suite for every implementation. */
import { callsContract } from './grpc/calls.ts';
import { drainContract } from './grpc/drain.ts';
import type { Subject } from './grpc/harness.ts';
import { identityContract } from './grpc/identity.ts';
import { limitsContract } from './grpc/limits.ts';
import { memoryContract } from './grpc/memory.ts';
import { mutualTlsContract } from './grpc/mutual-tls.ts';
import { streamsContract } from './grpc/streams.ts';
import { unreadContract } from './grpc/unread.ts';

export function grpcTransportContract(subject: Subject): void {
  callsContract(subject);
  streamsContract(subject);
  unreadContract(subject);
  drainContract(subject);
  limitsContract(subject);
  memoryContract(subject);
  identityContract(subject);
  mutualTlsContract(subject);
}
