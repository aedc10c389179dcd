import { normalHost } from '../../config/host-pattern.ts';
import type { HttpRequest, LookupRequest, NetworkHandler, NetworkReply, NetworkRequest } from './access.ts';
import { HostRules, type ListedHost, NotPermitted } from './host-rules.ts';
import { HttpCache } from './http-cache.ts';
import { HttpClient } from './http-client.ts';
import { type ResolveName, Resolver, systemResolve } from './resolver.ts';
import { type RetryOptions, sendWithRetries, systemWait, type Wait } from './retries.ts';
import { Slots } from './slots.ts';

export interface BrokerOptions {
  readonly hosts: readonly ListedHost[];
  /** Patterns of names that may be looked up beside the hosts. */
  readonly lookups: readonly string[];
  readonly maxTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly maxRequestBytes: number;
  readonly maxConcurrent: number;
  readonly maxCacheBytes: number;
  readonly resolve?: ResolveName;
  readonly wait?: Wait;
  readonly random?: () => number;
}

/**
 * Carries out what `http.send` and `net.lookup_ip_addr` ask for, in the main thread: within the operator's list, so many
 * at once, and with one cache of answers for all evaluations.
 */
export class NetworkBroker {
  readonly #rules: HostRules;
  readonly #client: HttpClient;
  readonly #resolver: Resolver;
  readonly #cache: HttpCache;
  readonly #slots: Slots;
  readonly #retry: RetryOptions;

  constructor(options: BrokerOptions) {
    this.#rules = new HostRules(options.hosts, options.lookups);
    this.#resolver = new Resolver(options.resolve ?? systemResolve);
    this.#client = new HttpClient({ ...options, rules: this.#rules, resolver: this.#resolver });
    this.#cache = new HttpCache(options.maxCacheBytes);
    this.#slots = new Slots(options.maxConcurrent);
    this.#retry = {
      maxTimeoutMs: options.maxTimeoutMs,
      wait: options.wait ?? systemWait,
      random: options.random ?? Math.random,
    };
  }

  /** What evaluations of one policy set ask. */
  forPolicySet(policySet: string): NetworkHandler {
    return {
      handle: (request, signal) => this.#handle(policySet, request, signal),
    };
  }

  async #handle(policySet: string, request: NetworkRequest, signal: AbortSignal): Promise<NetworkReply> {
    try {
      return request.kind === 'http'
        ? await this.#http(policySet, request, signal)
        : await this.#lookup(policySet, request, signal);
    } catch (error) {
      // Nobody waits any longer.
      if (signal.aborted) return { kind: 'failure', reason: 'timeout', message: 'the evaluation has ended' };
      throw error;
    }
  }

  async #http(policySet: string, request: HttpRequest, signal: AbortSignal): Promise<NetworkReply> {
    const send = (headers: HttpRequest['headers']): ReturnType<typeof sendWithRetries> =>
      this.#slots.run(signal, () =>
        sendWithRetries(this.#client, policySet, { ...request, headers }, signal, this.#retry),
      );
    return request.cache === undefined
      ? await send(request.headers)
      : await this.#cache.answer(policySet, request.cache, request, send);
  }

  async #lookup(policySet: string, { name }: LookupRequest, signal: AbortSignal): Promise<NetworkReply> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.#retry.maxTimeoutMs);
    try {
      const host = normalHost(name);
      if (host === undefined) throw new NotPermitted(`disallowed host: ${JSON.stringify(name)}`);
      this.#rules.permitLookup(policySet, host);
      const addresses = await this.#resolver.addresses(host, AbortSignal.any([signal, timeout.signal]));
      return { kind: 'lookup', addresses };
    } catch (error) {
      if (error instanceof NotPermitted)
        return { kind: 'failure', reason: 'refused', message: error.message };
      if (timeout.signal.aborted) {
        return { kind: 'failure', reason: 'timeout', message: `lookup ${name}: i/o timeout` };
      }
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === 'ENOTFOUND' ? 'no such host' : message;
      return { kind: 'failure', reason: 'network', message: `lookup ${name}: ${reason}` };
    } finally {
      clearTimeout(timer);
    }
  }
}
