import { create, toBinary } from '@bufbuild/protobuf';
import { PortcullisError } from '../errors.ts';
import {
  HealthCheckRequestSchema,
  type HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../gen/grpc/health/v1/health_pb.ts';
import type { CallContext, RpcMethod } from '../rpc.ts';
import type { Authorizer, Grant } from './authorize.ts';
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

/** What the name of a policy set follows; no service of a proto file has a colon in its name. */
const POLICY_SET = 'policy-set:';

/**
 * `grpc.health.v1.Health`. All services of a listener are ready together, when all policy sets are; one policy set alone is
 * asked for as `policy-set:<name>`. https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
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
  const grant = authorize(peer, 'health');
  const { service } = readMessage(HealthCheckRequestSchema, request);
  const status = servingStatus(readiness, names, grant, service);
  if (status === ServingStatus.SERVICE_UNKNOWN)
    throw new PortcullisError('not_found', `No service ${JSON.stringify(service)} here`);
  return response(status);
}

/** Sends the status at once and then whenever it changes. An unknown service is told as such, and may be watched on. */
async function* watch(
  { authorize, readiness, stopping }: HealthServiceParts,
  names: ReadonlySet<string>,
  request: Uint8Array,
  { peer, signal: call }: CallContext,
): AsyncGenerator<Uint8Array> {
  const grant = authorize(peer, 'health');
  const { service } = readMessage(HealthCheckRequestSchema, request);
  const signal = AbortSignal.any([call, stopping]);
  const changes = new Changes();
  const stop = readiness.onChange(() => changes.add(service));
  try {
    let sent: HealthCheckResponse_ServingStatus | undefined;
    for (;;) {
      const now = servingStatus(readiness, names, grant, service);
      if (now !== sent && !call.aborted) yield response((sent = now));
      if (signal.aborted) return;
      await changes.take(signal);
    }
  } finally {
    stop();
  }
}

/** A policy set that the caller may not ask is as unknown as one that does not exist. */
function servingStatus(
  readiness: Readiness,
  names: ReadonlySet<string>,
  grant: Grant,
  service: string,
): HealthCheckResponse_ServingStatus {
  let ready: boolean | undefined;
  if (names.has(service)) ready = readiness.ready();
  else if (service.startsWith(POLICY_SET)) {
    const policySet = service.slice(POLICY_SET.length);
    if (grant.mayAsk(policySet)) ready = readiness.readyFor(policySet);
  }
  if (ready === undefined) return ServingStatus.SERVICE_UNKNOWN;
  return ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
}

const response = (status: HealthCheckResponse_ServingStatus): Uint8Array =>
  toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status }));
