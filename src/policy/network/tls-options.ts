import { createPrivateKey, hash, X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { TlsRequest } from './access.ts';
import { type ListedHost, NotPermitted } from './host-rules.ts';

/** How a connection is secured. */
export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

const MAX_CONTEXTS = 64;

/** Reading the system's some hundred authorities takes tens of milliseconds of the thread that serves requests. */
const contexts = new LRUCache<string, SecureContext>({ max: MAX_CONTEXTS });

/** What the policy gives goes before what the operator gives for the host. Throws NotPermitted. */
export function tlsOptions(request: TlsRequest, host: ListedHost): TlsOptions {
  if (request.insecureSkipVerify && !host.allowInsecureTls) {
    throw new NotPermitted(
      `"tls_insecure_skip_verify" is not permitted: \`network.hosts.${host.name}\` has no allowInsecureTls`,
    );
  }
  const cert = request.clientCert ?? host.clientCert;
  const key = request.clientCert === undefined ? host.clientKey : request.clientKey;
  const { useSystemCerts, caCert } = request;
  const wanted = hash('sha256', JSON.stringify([useSystemCerts, caCert, host.ca, cert, key]));
  let context = contexts.get(wanted);
  if (context === undefined) {
    const ca = authorities(request) ?? host.ca;
    context = secureContext({ ...(ca && { ca }), ...(cert && key && { cert, key }) });
    contexts.set(wanted, context);
  }
  return {
    secureContext: context,
    rejectUnauthorized: !request.insecureSkipVerify,
  };
}

/** Undefined where the policy names none. */
function authorities({ caCert, useSystemCerts }: TlsRequest): string[] | undefined {
  if (caCert === undefined && !useSystemCerts) return undefined;
  if (caCert !== undefined && !caCert.includes('-----BEGIN CERTIFICATE-----')) {
    throw new NotPermitted('could not append certificates');
  }
  return [...(useSystemCerts ? getCACertificates('system') : []), ...(caCert === undefined ? [] : [caCert])];
}

/** Certificates and key as PEM. Throws NotPermitted where they cannot be read or do not belong together. */
export function secureContext(options: {
  ca?: string | string[];
  cert?: string;
  key?: string;
}): SecureContext {
  const { cert, key } = options;
  try {
    // OpenSSL itself would quietly present nothing where the kinds of the keys differ.
    if (cert !== undefined && key !== undefined) checkPair(cert, key);
    return createSecureContext(options);
  } catch (error) {
    throw new NotPermitted(`tls: certificates or key cannot be used: ${(error as Error).message}`);
  }
}

function checkPair(cert: string, key: string): void {
  if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
  throw new Error('private key does not match public key');
}
