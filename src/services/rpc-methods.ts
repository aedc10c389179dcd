import type { DescService } from '@bufbuild/protobuf';
import { Authorization } from '../gen/envoy/service/auth/v3/external_auth_pb.ts';
import { Health } from '../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionV1Alpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { AdminService } from '../gen/portcullis/v1/admin_pb.ts';
import { DecisionService } from '../gen/portcullis/v1/decision_pb.ts';
import type { RpcMethod } from '../rpc.ts';
import { type AdminServiceParts, adminMethods } from './admin-service.ts';
import { type DecisionServiceParts, decisionMethods } from './decision-service.ts';
import { type ExtAuthzParts, extAuthzMethod } from './ext-authz/check.ts';
import { type HealthServiceParts, healthMethods } from './health-service.ts';
import { reflectionMethods } from './reflection-service.ts';
import { type WatchRevisionParts, watchRevisionMethod } from './watch-revision.ts';

/** What every gRPC listener offers beside its own services: health checks and reflection. */
const COMMON: readonly DescService[] = [Health, ServerReflection, ServerReflectionV1Alpha];

/** All methods of the listener that decides; Envoy's only where its parts are given. */
export function publicRpcMethods(
  parts: DecisionServiceParts & WatchRevisionParts & HealthServiceParts,
  extAuthz: ExtAuthzParts | undefined,
): RpcMethod[] {
  return [
    ...decisionMethods(parts),
    watchRevisionMethod(parts),
    ...(extAuthz === undefined ? [] : [extAuthzMethod(extAuthz)]),
    ...commonMethods(parts, [DecisionService, ...(extAuthz === undefined ? [] : [Authorization])]),
  ];
}

/** All methods of the operator's listener. */
export function adminRpcMethods(parts: AdminServiceParts & HealthServiceParts): RpcMethod[] {
  return [...adminMethods(parts), ...commonMethods(parts, [AdminService])];
}

function commonMethods(
  { authorize, readiness, serviceNames, stopping }: HealthServiceParts,
  own: readonly DescService[],
): RpcMethod[] {
  const services = [...own, ...COMMON];
  const names = [...services.map((service) => service.typeName), ...serviceNames];
  return [
    ...healthMethods({ authorize, readiness, serviceNames: names, stopping }),
    ...reflectionMethods({ authorize, services }),
  ];
}
