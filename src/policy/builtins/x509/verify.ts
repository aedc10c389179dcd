import { WorkBudget } from '../work-budget.ts';
import type { Certificate } from './certificate.ts';
import { isSignedBy } from './check-signature.ts';
import { isForHost } from './host-name.ts';
import { isWithinConstraints } from './path-constraints.ts';
import { arePoliciesValid } from './path-policies.ts';
import type { Asn1Time } from './time.ts';

/** What a verification asks for, as Go's x509.VerifyOptions. */
export interface VerifyOptions {
  readonly root: Certificate;
  readonly intermediates: readonly Certificate[];
  /** A host's name or address; empty for any. */
  readonly dnsName: string;
  /** Numbers of Go's ExtKeyUsage of which one must be allowed; for none, that of a server. */
  readonly keyUsages: readonly number[];
  readonly clock: VerifyClock;
}

/** Now, as far as a verification asks for it. */
export interface VerifyClock {
  /** Whether now is before the moment. */
  isBefore(moment: Asn1Time): boolean;
  isAfter(moment: Asn1Time): boolean;
}

/** Policies and names that one verification looks at: a certificate with many of them may stand in many chains. */
const MAX_WORK = 1_000_000;

/** Signatures that one verification checks at most, as Go does. */
const MAX_SIGNATURE_CHECKS = 100;

const ANY_USAGE = 0;
const SERVER_AUTH = 1;

type Role = 'leaf' | 'intermediate' | 'root';

/**
 * The first chain from the leaf to the root that is valid, as Go's Certificate.Verify builds chains; undefined where
 * there is none. Throws BuiltinError where finding out would take too long.
 */
export function verifiedChain(leaf: Certificate, options: VerifyOptions): Certificate[] | undefined {
  if (!isAcceptable(leaf, 'leaf', [], options)) return undefined;
  if (options.dnsName !== '' && !isForHost(leaf.fields.names, options.dnsName)) return undefined;
  const chains = leaf.raw.equals(options.root.raw) ? [[leaf]] : new ChainBuilder(options).chainsFrom([leaf]);
  const budget = new WorkBudget('too many policies and names in chains of certificates', MAX_WORK);
  return chains.find(
    (chain) =>
      arePoliciesValid(chain, budget) &&
      isUsageAllowed(chain, options.keyUsages) &&
      isWithinConstraints(chain, budget),
  );
}

/** Go's Certificate.isValid, for a certificate that is to be added to the chain. */
function isAcceptable(
  certificate: Certificate,
  role: Role,
  chain: readonly Certificate[],
  { clock }: VerifyOptions,
): boolean {
  const { fields, notBefore, notAfter } = certificate;
  const child = chain.at(-1);
  if (fields.unhandledCritical.length > 0) return false;
  if (child !== undefined && !child.issuerBytes.equals(certificate.subjectBytes)) return false;
  if (clock.isBefore(notBefore) || clock.isAfter(notAfter)) return false;
  if (role === 'intermediate' && !(fields.basicConstraintsValid && fields.isCa)) return false;
  const hasLimit = fields.basicConstraintsValid && fields.maxPathLen >= 0n;
  return !hasLimit || BigInt(chain.length - 1) <= fields.maxPathLen;
}

/** Finds chains depth first. One budget of signature checks serves all of them. */
class ChainBuilder {
  readonly #options: VerifyOptions;
  readonly #intermediates: readonly Certificate[];
  #checks = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#intermediates = distinct(options.intermediates);
  }

  chainsFrom(chain: readonly Certificate[]): Certificate[][] {
    const child = chain.at(-1)!;
    const roots = parentsOf(child, [this.#options.root]).map((parent) => ['root', parent] as const);
    const others = parentsOf(child, this.#intermediates).map((parent) => ['intermediate', parent] as const);
    const chains: Certificate[][] = [];
    for (const [role, parent] of [...roots, ...others]) {
      this.#checks++;
      if (this.#checks > MAX_SIGNATURE_CHECKS) break;
      if (parent.publicKey === undefined || isInChain(parent, chain) || !isSignedBy(child, parent)) continue;
      if (!isAcceptable(parent, role, chain, this.#options)) continue;
      const longer = [...chain, parent];
      if (role === 'root') chains.push(longer);
      else chains.push(...this.chainsFrom(longer));
    }
    return chains;
  }
}

/** Each once, as in Go's pools. */
function distinct(certificates: readonly Certificate[]): Certificate[] {
  const seen = new Set<string>();
  return certificates.filter(({ raw }) => {
    const key = raw.toString('latin1');
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Certificates of the issuer; first those whose key identifier is the one that the child names. */
function parentsOf(child: Certificate, pool: readonly Certificate[]): Certificate[] {
  const wanted = child.fields.authorityKeyId ?? Buffer.alloc(0);
  const plausibility = ({ fields }: Certificate): number => {
    const given = fields.subjectKeyId ?? Buffer.alloc(0);
    if (given.equals(wanted)) return 0;
    return given.length === 0 || wanted.length === 0 ? 1 : 2;
  };
  return pool
    .filter((parent) => parent.subjectBytes.equals(child.issuerBytes))
    .toSorted((left, right) => plausibility(left) - plausibility(right));
}

/** Go's alreadyInChain: the same subject, key and alternative names, lest cross-signed certificates make a circle. */
function isInChain(candidate: Certificate, chain: readonly Certificate[]): boolean {
  const names = alternativeNames(candidate);
  for (const certificate of chain) {
    if (!candidate.subjectBytes.equals(certificate.subjectBytes)) continue;
    if (!candidate.keyInfo.equals(certificate.keyInfo)) continue;
    const others = alternativeNames(certificate);
    if (names === undefined || others === undefined) return names === others;
    if (names.equals(others)) return true;
  }
  return false;
}

function alternativeNames({ extensions }: Certificate): Buffer | undefined {
  return extensions.find(({ id }) => id.join('.') === '2.5.29.17')?.value;
}

/** Whether one of the usages is allowed by every certificate that limits usages: Go's checkChainForKeyUsage. */
function isUsageAllowed(chain: readonly Certificate[], wanted: readonly number[]): boolean {
  if (wanted.includes(ANY_USAGE)) return true;
  const usages = wanted.length === 0 ? [SERVER_AUTH] : wanted;
  return usages.some((usage) =>
    chain.every(({ fields: { extKeyUsage, unknownExtKeyUsage } }) => {
      const isUnlimited = extKeyUsage.length === 0 && unknownExtKeyUsage.length === 0;
      return isUnlimited || extKeyUsage.includes(ANY_USAGE) || extKeyUsage.includes(usage);
    }),
  );
}
