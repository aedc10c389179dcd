import type { Clock } from '../clock.ts';
import { PortcullisError } from '../errors.ts';
import type { BundleStatus, ServerStatus } from '../observe/status.ts';
import type { HttpResponse, HttpRoute } from '../rpc.ts';
import type { Authorizer } from './authorize.ts';

export interface StatusRoutesParts {
  readonly authorize: Authorizer;
  readonly clock: Clock;
  readonly status: () => ServerStatus | Promise<ServerStatus>;
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

/** `/v1/status`, of the policy sets that the caller may ask, and `/metrics`, for callers who may ask all of them. */
export function statusRoutes({ authorize, clock, status, metrics }: StatusRoutesParts): HttpRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/status',
      handler: async (_, { peer }) => {
        const grant = authorize(peer, 'health');
        const seen = statusJson(await status(), grant.mayAsk, clock.wallMs());
        return ok('application/json', `${JSON.stringify(seen, null, 2)}\n`);
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      handler: async (_, { peer }) => {
        if (!authorize(peer, 'health').unlimited) {
          throw new PortcullisError(
            'forbidden',
            'Metrics tell of all policy sets, and the caller may ask only some',
          );
        }
        return ok('text/plain; version=0.0.4; charset=utf-8', await metrics());
      },
    },
  ];
}

function statusJson(status: ServerStatus, mayAsk: (policySet: string) => boolean, nowMs: number): object {
  return {
    ready: status.ready,
    version: status.version,
    uptime_seconds: ageSeconds(status.startedAtMs, nowMs),
    policy_sets: status.policySets
      .filter(({ name }) => mayAsk(name))
      .map(({ name, ready, entrypoints, digest, bundles }) => ({
        name,
        ready,
        entrypoints,
        digest,
        bundles: bundles.map((bundle) => bundleJson(bundle, nowMs)),
      })),
  };
}

/** Null where there is nothing to tell, so that every bundle has the same keys. */
function bundleJson(
  { name, source, active, waiting, lastCheckedAtMs, lastError }: BundleStatus,
  nowMs: number,
): object {
  return {
    name,
    source,
    active:
      active === undefined
        ? null
        : {
            revision: active.revision,
            sequence: active.sequence,
            archive_digest: active.archiveDigest,
            age_seconds: ageSeconds(active.activatedAtMs, nowMs),
            restored: active.restored,
          },
    waiting,
    last_checked_age_seconds: lastCheckedAtMs === undefined ? null : ageSeconds(lastCheckedAtMs, nowMs),
    last_error:
      lastError === undefined
        ? null
        : {
            code: lastError.code,
            message: lastError.message,
            attempts: lastError.attempts,
            age_seconds: ageSeconds(lastError.atMs, nowMs),
          },
  };
}

/** In milliseconds' precision; 0 when the wall clock was set back since. */
const ageSeconds = (sinceMs: number, nowMs: number): number =>
  Math.max(0, Math.round(nowMs - sinceMs)) / 1000;

const ok = (contentType: string, body: string): HttpResponse => ({
  status: 200,
  headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  body,
});
