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
 * from those who reached the listener. What is missing names policy sets, and so does `/health/ready?policy_set=<name>`:
 * that is for clients who may use `health` and ask the policy set; for others it does not exist.
 */
export function healthRoutes({ authorize, readiness }: HealthRoutesParts): HttpRoute[] {
  const ready: HttpRoute['handler'] = ({ query }, call) => {
    const grant = grantOf(authorize, call);
    const policySet = policySetOf(query);
    if (policySet === undefined) {
      const mayRead = grant?.unlimited === true;
      return answer(readiness.ready(), mayRead ? readiness.reasons() : undefined);
    }
    const readyFor = grant?.mayAsk(policySet) === true ? readiness.readyFor(policySet) : undefined;
    if (readyFor === undefined)
      throw new PortcullisError('not_found', `No policy set ${JSON.stringify(policySet)} here`);
    return answer(readyFor, readiness.reasons(policySet));
  };
  return [
    { method: 'GET', path: '/health/live', handler: () => json(200, { live: true }) },
    { method: 'GET', path: '/health/ready', handler: ready },
    // OPA's own path: alone it means live, with `?bundles` or `?plugins` ready.
    {
      method: 'GET',
      path: '/health',
      handler: (request, call) => {
        const { query } = request;
        return query.has('bundles') || query.has('plugins')
          ? ready(request, call)
          : json(200, { live: true });
      },
    },
  ];
}

/** Undefined for a caller who may not use `health`. */
function grantOf(authorize: Authorizer, { peer }: CallContext): Grant | undefined {
  try {
    return authorize(peer, 'health');
  } catch (thrown) {
    if (thrown instanceof PortcullisError) return undefined;
    throw thrown;
  }
}

function policySetOf(query: URLSearchParams): string | undefined {
  const [name, ...more] = query.getAll('policy_set');
  if (more.length === 0) return name;
  throw new PortcullisError('invalid_request', 'Name one policy set: `policy_set` is given twice');
}

const answer = (ready: boolean, reasons: readonly string[] | undefined): HttpResponse =>
  ready ? json(200, { ready }) : json(503, { ready, ...(reasons !== undefined && { reasons }) });

const json = (status: number, body: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: `${JSON.stringify(body)}\n`,
});
