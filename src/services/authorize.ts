import { type ClientMethod, DEFAULT_METHODS } from '../config/clients.ts';
import { PortcullisError } from '../errors.ts';
import type { Peer } from '../rpc.ts';

/**
 * One configured client: who it is (any of its names) and what it may ask. Without `policySets`: all of them. Without
 * `methods`: all but `admin` and `explain`, which must be named.
 */
export interface Client {
  /** SPIFFE ids, `spiffe://trust-domain/path`. */
  readonly spiffe?: readonly string[] | undefined;
  /** DNS names of the certificate. */
  readonly dns?: readonly string[] | undefined;
  /** SHA-256 of the certificate in hex, with or without colons. */
  readonly fingerprints?: readonly string[] | undefined;
  readonly policySets?: readonly string[] | undefined;
  readonly methods?: readonly ClientMethod[] | undefined;
}

/** What a caller may ask with one method. */
export interface Grant {
  /** The configured names of the client, for the log; empty where no clients are configured. */
  readonly client: string;
  /** Whether every policy set may be asked, those included that are configured later. */
  readonly unlimited: boolean;
  readonly mayAsk: (policySet: string) => boolean;
}

/** Decides who may use which method. Throws `unauthenticated` and `forbidden`. */
export type Authorizer = (peer: Peer, method: ClientMethod) => Grant;

const EVERYTHING: Grant = { client: '', unlimited: true, mayAsk: () => true };

/** Lets everyone who reached the listener do everything: the listener is local, or its TLS has let the caller in. */
export const allowEveryone: Authorizer = () => EVERYTHING;

/** As `allowEveryone`, but explanations reveal policies and data: other machines must be known to get them. */
const allowNeighbours: Authorizer = (peer, method) => {
  if (method !== 'explain' || peer.local) return EVERYTHING;
  throw new PortcullisError(
    'forbidden',
    'Only clients that are configured, and permitted `explain`, may use it',
  );
};

/**
 * Lets in only the configured clients, or everyone when none are configured. A caller that is several clients may do
 * what any one of them may; rights never combine across clients (the method of one, the policy set of another).
 *
 * Names are compared letter by letter: no wildcards, no prefixes, no case folding. A wildcard in a caller's certificate
 * is a name like any other.
 */
export function createAuthorizer(clients: Readonly<Record<string, Client>> | undefined): Authorizer {
  if (clients === undefined) return allowNeighbours;
  const known = Object.entries(clients).map(([name, client]) => new KnownClient(name, client));
  // A connection shows one certificate object for all its calls.
  const grants = new WeakMap<Certificate, Map<ClientMethod, Grant | PortcullisError>>();

  return (peer, method) => {
    const { certificate } = peer;
    if (certificate === undefined) {
      throw new PortcullisError(
        'unauthenticated',
        'The listener serves known clients only, and no certificate was shown',
      );
    }
    let ofCaller = grants.get(certificate);
    if (ofCaller === undefined) grants.set(certificate, (ofCaller = new Map()));
    let grant = ofCaller.get(method);
    if (grant === undefined) ofCaller.set(method, (grant = grantFor(known, certificate, method)));
    if (grant instanceof PortcullisError) throw grant;
    return grant;
  };
}

type Certificate = NonNullable<Peer['certificate']>;

class KnownClient {
  readonly name: string;
  readonly policySets: ReadonlySet<string> | undefined;
  readonly #methods: ReadonlySet<ClientMethod>;
  readonly #spiffe: ReadonlySet<string>;
  readonly #dns: ReadonlySet<string>;
  readonly #fingerprints: ReadonlySet<string>;

  constructor(name: string, client: Client) {
    this.name = name;
    this.policySets = client.policySets && new Set(client.policySets);
    this.#methods = new Set(client.methods ?? DEFAULT_METHODS);
    this.#spiffe = new Set(client.spiffe);
    this.#dns = new Set(client.dns);
    this.#fingerprints = new Set(client.fingerprints?.map((text) => text.replaceAll(':', '').toLowerCase()));
  }

  is(certificate: Certificate): boolean {
    const { uriNames, dnsNames, fingerprint } = certificate;
    // An X.509-SVID holds exactly one URI; one with more must be refused (SPIFFE X509-SVID, section 2).
    const spiffeId = uriNames.length === 1 ? uriNames[0] : undefined;
    return (
      (spiffeId !== undefined && this.#spiffe.has(spiffeId)) ||
      dnsNames.some((name) => this.#dns.has(name)) ||
      this.#fingerprints.has(fingerprint)
    );
  }

  mayUse(method: ClientMethod): boolean {
    return this.#methods.has(method);
  }
}

function grantFor(
  known: readonly KnownClient[],
  certificate: Certificate,
  method: ClientMethod,
): Grant | PortcullisError {
  const matching = known.filter((client) => client.is(certificate) && client.mayUse(method));
  if (matching.length === 0) {
    return new PortcullisError('forbidden', `The caller's certificate does not entitle it to use ${method}`);
  }
  const unlimited = matching.some((client) => client.policySets === undefined);
  const policySets = new Set(matching.flatMap((client) => [...(client.policySets ?? [])]));
  return {
    client: matching.map((client) => client.name).join(','),
    unlimited,
    mayAsk: (policySet) => unlimited || policySets.has(policySet),
  };
}
