import { create, toBinary } from '@bufbuild/protobuf';
import { PortcullisError } from '../errors.ts';
import {
  HealthCheckRequestSchema,
  type HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../gen/grpc/health/v1/health_pb.ts';
import type { CallContext, RpcMethod } from '../rpc.ts';
import type { Authorizer } from './authorize.ts';
import { Changes } from './changes.ts';
import { readMessage } from './read-message.ts';
import type { Readiness } from './readiness.ts';

export interface HealthServiceParts {
  readonly authorize: Authorizer;
  readonly readiness: Readiness;
  /** Names that may be asked for beside the empty one, which stands for the whole server. */
  readonly serviceNames: readonly string[];
  /** Aborted when the server stops: watchers get a last status, and their streams end. */
  readonly stopping: AbortSignal;
}

/** `grpc.health.v1.Health`. All services of a listener are ready together. https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export function healthMethods(parts: HealthServiceParts): RpcMethod[] {
  const names = new Set(['', ...parts.serviceNames]);
  return [
    {
      path: '/grpc.health.v1.Health/Check',
      kind: 'unary',
      handler: (request, call) => check(parts, names, request, call),
    },
    {
      path: '/grpc.health.v1.Health/Watch',
      kind: 'server-stream',
      handler: (request, call) => watch(parts, names, request, call),
    },
  ];
}

function check(
  { authorize, readiness }: HealthServiceParts,
  names: ReadonlySet<string>,
  request: Uint8Array,
  { peer }: CallContext,
): Uint8Array {
  authorize(peer, 'health');
  const { service } = readMessage(HealthCheckRequestSchema, request);
  if (!names.has(service))
    throw new PortcullisError('not_found', `No service ${JSON.stringify(service)} here`);
  return response(servingStatus(readiness));
}

/** Sends the status at once and then whenever it changes. An unknown service is told as such, and may be watched on. */
async function* watch(
  { authorize, readiness, stopping }: HealthServiceParts,
  names: ReadonlySet<string>,
  request: Uint8Array,
  { peer, signal: call }: CallContext,
): AsyncGenerator<Uint8Array> {
  authorize(peer, 'health');
  const { service } = readMessage(HealthCheckRequestSchema, request);
  const status = names.has(service) ? () => servingStatus(readiness) : () => ServingStatus.SERVICE_UNKNOWN;
  const signal = AbortSignal.any([call, stopping]);
  const changes = new Changes();
  const stop = readiness.onChange(() => changes.add(service));
  try {
    let sent: HealthCheckResponse_ServingStatus | undefined;
    for (;;) {
      const now = status();
      if (now !== sent && !call.aborted) yield response((sent = now));
      if (signal.aborted) return;
      await changes.take(signal);
    }
  } finally {
    stop();
  }
}

const servingStatus = (readiness: Readiness): HealthCheckResponse_ServingStatus =>
  readiness.ready() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;

const response = (status: HealthCheckResponse_ServingStatus): Uint8Array =>
  toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status }));
