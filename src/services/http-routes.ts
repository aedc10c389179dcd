import type { HttpRoute } from '../rpc.ts';
import { type DataApiParts, dataApiRoutes } from './data-api.ts';
import { type HealthRoutesParts, healthRoutes } from './health-routes.ts';
import { type StatusRoutesParts, statusRoutes } from './status-routes.ts';

export interface HttpRoutesParts extends HealthRoutesParts, StatusRoutesParts, DataApiParts {}

/** All routes of the HTTP listener. */
export function httpRoutes(parts: HttpRoutesParts): HttpRoute[] {
  return [...healthRoutes(parts), ...statusRoutes(parts), ...dataApiRoutes(parts)];
}
