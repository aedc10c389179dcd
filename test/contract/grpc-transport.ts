/** The contract of a gRPC transport, one suite for every implementation. */
import { callsContract } from './grpc/calls.ts';
import type { Subject } from './grpc/harness.ts';

export function grpcTransportContract(subject: Subject): void {
  callsContract(subject);
}
