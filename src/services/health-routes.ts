import { PortcullisError } from '../errors.ts';
import type { CallContext, HttpResponse, HttpRoute } from '../rpc.ts';
import type { Authorizer, Grant } from './authorize.ts';
import type { Readiness } from './readiness.ts';

export interface HealthRoutesParts {
  readonly authorize: Authorizer;
  readonly readiness: Readiness;
}

/**
 * `/health/live` and `/health/ready` for probes, which seldom have a certificate: whether the server is up is no secret
 * from those who reached the listener. What is missing names policy sets, so only clients who may use `health` are told.
 */
export function healthRoutes({ authorize, readiness }: HealthRoutesParts): HttpRoute[] {
  const ready = (call: CallContext): HttpResponse => {
    if (readiness.ready()) return json(200, { ready: true });
    const reasons = mayReadReasons(authorize, call) ? { reasons: readiness.reasons() } : {};
    return json(503, { ready: false, ...reasons });
  };
  return [
    { method: 'GET', path: '/health/live', handler: () => json(200, { live: true }) },
    { method: 'GET', path: '/health/ready', handler: (_, call) => ready(call) },
    // OPA's own path: alone it means live, with `?bundles` or `?plugins` ready.
    {
      method: 'GET',
      path: '/health',
      handler: ({ query }, call) =>
        query.has('bundles') || query.has('plugins') ? ready(call) : json(200, { live: true }),
    },
  ];
}

function mayReadReasons(authorize: Authorizer, { peer }: CallContext): boolean {
  try {
    const grant: Grant = authorize(peer, 'health');
    return grant.unlimited;
  } catch (thrown) {
    if (thrown instanceof PortcullisError) return false;
    throw thrown;
  }
}

const json = (status: number, body: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: `${JSON.stringify(body)}\n`,
});
