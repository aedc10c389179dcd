/** The contract of a gRPC transport, one suite for every implementation. */
import { callsContract } from './grpc/calls.ts';
import { drainContract } from './grpc/drain.ts';
import type { Subject } from './grpc/harness.ts';
import { streamsContract } from './grpc/streams.ts';

export function grpcTransportContract(subject: Subject): void {
  callsContract(subject);
  streamsContract(subject);
  drainContract(subject);
}
