import { normalHost } from '../../config/host-pattern.ts';
import type { HttpAnswer, HttpRequest, NetworkFailure } from './access.ts';
import { BodyFailed, exchange } from './exchange.ts';
import { connectionReason } from './go-errors.ts';
import { type HostRules, type ListedHost, NotPermitted } from './host-rules.ts';
import { HttpSendError } from './http-error.ts';
import { redirectedHeaders, sentHeaders } from './request-headers.ts';
import type { Resolver } from './resolver.ts';
import { parseTarget, type Target, urlError, urlErrorOperation } from './target.ts';
import { tlsOptions } from './tls-options.ts';

export interface HttpClientOptions {
  readonly rules: HostRules;
  readonly resolver: Resolver;
  readonly maxResponseBytes: number;
  readonly maxRequestBytes: number;
}

const MAX_REDIRECTS = 10;

/** One request after the other until an answer is none that redirects. */
interface Hop {
  readonly method: string;
  readonly target: Target;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array | undefined;
  readonly host: ListedHost;
}

/** A failure with the hop that it happened at. */
class HopFailed extends Error {
  readonly target: Target;
  readonly method: string;
  constructor(hop: Pick<Hop, 'target' | 'method'>, reason: string) {
    super(reason);
    this.target = hop.target;
    this.method = hop.method;
  }
}

/**
 * Carries out one attempt of a request. Each hop is checked anew: the host by the list, its addresses by what is public,
 * and the connection goes to an address that was checked.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** When the signal aborts, the request took too long. Rejects only for a defect. */
  async send(
    policySet: string,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpAnswer | NetworkFailure> {
    try {
      return await this.#follow(policySet, request, signal);
    } catch (error) {
      if (error instanceof HopFailed) return hopFailure(error, signal);
      if (error instanceof HttpSendError) return asFailure(error);
      if (!(error instanceof NotPermitted) && !(error instanceof BodyFailed)) throw error;
      return { kind: 'failure', reason: 'refused', message: error.message };
    }
  }

  async #follow(policySet: string, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let hop = this.#firstHop(policySet, request);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#exchange(policySet, request, hop, signal);
      const next = request.followRedirects ? this.#nextHop(policySet, hop, answer) : undefined;
      if (next === undefined) return answer;
      if (redirects === MAX_REDIRECTS) throw new HopFailed(hop, `stopped after ${MAX_REDIRECTS} redirects`);
      hop = next;
    }
  }

  #firstHop(policySet: string, request: HttpRequest): Hop {
    const { method, body } = request;
    const { rules, maxRequestBytes } = this.#options;
    const target = parseTarget(request.url, method);
    const host = rules.permit(policySet, method, target);
    if ((body?.length ?? 0) > maxRequestBytes) {
      throw new NotPermitted(
        `the request body is larger than ${maxRequestBytes} bytes (\`network.maxRequestBytes\`)`,
      );
    }
    const headers = checkedHeaders(request, target);
    return { method, target, host, body, headers };
  }

  /** Undefined where the answer does not redirect. */
  #nextHop(policySet: string, hop: Hop, answer: HttpAnswer): Hop | undefined {
    const { statusCode } = answer;
    const location = answer.headers.find(([name]) => name === 'location')?.[1][0] ?? '';
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === '') return undefined;
    const keeps = statusCode >= 307;
    const method = keeps || hop.method === 'HEAD' ? hop.method : 'GET';
    const target = redirectTarget(hop, location, method);
    const host = this.#options.rules.permit(policySet, method, target, hop.host.redirectsTo);
    const sameHost = target.host === hop.target.host && target.scheme === hop.target.scheme;
    const relative = target.authority === hop.target.authority && sameHost;
    const headers = redirectedHeaders(hop.headers, { sameHost, withBody: keeps, relative });
    return { method, target, host, headers, body: keeps ? hop.body : undefined };
  }

  async #exchange(
    policySet: string,
    request: HttpRequest,
    hop: Hop,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { rules, resolver, maxResponseBytes } = this.#options;
    const { method, target, headers, body, host } = hop;
    const named = virtualHost(rules, policySet, hop);
    // What a policy gives for TLS is for the host that it names, not for where that redirects to.
    const own = target.host === parseTarget(request.url, request.method).host;
    const tls = target.scheme === 'https' ? tlsOptions(own ? request.tls : NO_TLS_OPTIONS, host) : undefined;
    const serverName = (own ? request.tls.serverName : undefined) ?? named ?? target.host;
    let addresses: readonly string[] = [];
    try {
      addresses = rules.permittedAddresses(host, target, await resolver.addresses(target.host, signal));
      return await exchange(
        { method, target, headers, body, addresses, serverName, tls, maxResponseBytes },
        signal,
      );
    } catch (error) {
      if (error instanceof NotPermitted || error instanceof BodyFailed) throw error;
      throw new HopFailed(hop, connectionReason(error as Error, target, addresses));
    }
  }
}

const NO_TLS_OPTIONS = { insecureSkipVerify: false, useSystemCerts: false };

function hopFailure({ method, target, message }: HopFailed, signal: AbortSignal): NetworkFailure {
  const operation = urlErrorOperation(method);
  const failed = (reason: string): string => urlError(method, target.text, reason);
  if (!signal.aborted) return { kind: 'failure', reason: 'network', message: failed(message) };
  // OPA says it in its own words where the error is raised, and in Go's in the error object.
  return {
    kind: 'failure',
    reason: 'timeout',
    message: `${operation} ${target.text}: request timed out`,
    shown: failed('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'),
  };
}

function asFailure(error: HttpSendError): NetworkFailure {
  const reason = error.code === 'eval_http_send_network_error' ? 'network' : 'refused';
  return { kind: 'failure', reason, message: error.message };
}

/** With the authorization that the URL carries. */
function checkedHeaders({ method, headers }: HttpRequest, target: Target): ReadonlyMap<string, string> {
  try {
    const sent = sentHeaders(headers);
    if (target.authorization !== undefined && !sent.has('Authorization')) {
      sent.set('Authorization', target.authorization);
    }
    return sent;
  } catch (error) {
    if (error instanceof NotPermitted) throw error;
    throw new HopFailed({ method, target }, (error as Error).message);
  }
}

/** Credentials in a redirect are not taken along: whoever redirects does not choose them. */
function redirectTarget(hop: Hop, location: string, method: string): Target {
  const { scheme, authority, path } = hop.target;
  let url: URL;
  try {
    url = new URL(location, `${scheme}://${authority}${path}`);
  } catch {
    throw new HopFailed(hop, `failed to parse Location header ${JSON.stringify(location)}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new NotPermitted('a redirect to a URL with credentials is not followed');
  }
  return parseTarget(url.href, method);
}

/** The name in the `Host` header, which must be listed like one in a URL: hosts that share an address are told apart by it. */
function virtualHost(
  rules: HostRules,
  policySet: string,
  { method, target, headers }: Hop,
): string | undefined {
  const header = headers.get('Host');
  if (header === undefined) return undefined;
  const host = normalHost(header.replace(/:[0-9]*$/, ''));
  if (host === undefined) throw new NotPermitted('disallowed host: the Host header names no host');
  rules.permit(policySet, method, { ...target, host });
  return host;
}
