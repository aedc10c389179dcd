import type { HttpRoute } from '../rpc.ts';
import { type DataApiParts, dataApiRoutes } from './data-api.ts';
import { type HealthRoutesParts, healthRoutes } from './health-routes.ts';
import { type StatusRoutesParts, statusRoutes } from './status-routes.ts';

/** All routes of the HTTP listener. */
export function httpRoutes(parts: HealthRoutesParts & StatusRoutesParts & DataApiParts): HttpRoute[] {
  return [...healthRoutes(parts), ...statusRoutes(parts), ...dataApiRoutes(parts)];
}
