import { constructedTag, contextTag, DerReader, TAG } from './der.ts';
import { type AlternativeNames, NO_NAMES, readAlternativeNames } from './general-names.ts';
import { NO_SUBTREES, readNameConstraints, type Subtrees } from './name-constraints.ts';
import { extendedUsages, readPolicies, readPolicyMappings } from './policies-extensions.ts';

export interface Extension {
  readonly id: readonly number[];
  readonly critical: boolean;
  readonly value: Buffer;
}

/** What a certificate's extensions say (RFC 5280 section 4.2), in the way of Go's fields of the same names. */
export interface CertificateExtensions {
  unhandledCritical: (readonly number[])[];
  keyUsage: number;
  extKeyUsage: number[];
  unknownExtKeyUsage: number[][];
  basicConstraintsValid: boolean;
  isCa: boolean;
  /** -1 where there is none; 0 without basic constraints. */
  maxPathLen: bigint;
  subjectKeyId: Buffer | undefined;
  authorityKeyId: Buffer | undefined;
  ocspServers: Buffer[];
  issuingCertificateUrls: Buffer[];
  names: AlternativeNames;
  constraintsCritical: boolean;
  permitted: Subtrees;
  excluded: Subtrees;
  crlDistributionPoints: Buffer[];
  /** Contents of object identifiers; undefined without the extension. */
  policies: Buffer[] | undefined;
  policyMappings: { readonly issuer: Buffer; readonly subject: Buffer }[];
  /** Undefined where the certificate does not say. */
  inhibitAnyPolicy: bigint | undefined;
  inhibitPolicyMapping: bigint | undefined;
  requireExplicitPolicy: bigint | undefined;
}

const URI = contextTag(6);
const AUTHORITY_INFO_ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';

/** Reads one extension from the content of its SEQUENCE. Throws DerError. */
export function readExtension(reader: DerReader): Extension {
  const id = reader.oid();
  const critical = reader.isNext(TAG.boolean) && reader.boolean();
  return { id, critical, value: reader.content(TAG.octetString) };
}

/** Throws DerError where Go refuses the certificate. */
export function readExtensions(extensions: readonly Extension[]): CertificateExtensions {
  const fields: CertificateExtensions = {
    unhandledCritical: [],
    keyUsage: 0,
    extKeyUsage: [],
    unknownExtKeyUsage: [],
    basicConstraintsValid: false,
    isCa: false,
    maxPathLen: 0n,
    subjectKeyId: undefined,
    authorityKeyId: undefined,
    ocspServers: [],
    issuingCertificateUrls: [],
    names: NO_NAMES,
    constraintsCritical: false,
    permitted: NO_SUBTREES,
    excluded: NO_SUBTREES,
    crlDistributionPoints: [],
    policies: undefined,
    policyMappings: [],
    inhibitAnyPolicy: undefined,
    inhibitPolicyMapping: undefined,
    requireExplicitPolicy: undefined,
  };
  for (const extension of extensions) {
    const read = READERS.get(extension.id.join('.'));
    const handled = read?.(fields, extension.value, extension.critical) ?? false;
    if (!handled && extension.critical) fields.unhandledCritical.push(extension.id);
  }
  return fields;
}

/** Gives whether all of the extension was understood. */
type ExtensionReader = (fields: CertificateExtensions, value: Buffer, critical: boolean) => boolean;

/** A reader that understands what it reads. */
function whole(
  what: string,
  read: (fields: CertificateExtensions, reader: DerReader) => void,
  options: { readonly mayBeCritical: boolean } = { mayBeCritical: true },
): ExtensionReader {
  return (fields, value, critical) => {
    const reader = new DerReader(value, what);
    if (critical && !options.mayBeCritical) throw reader.fail();
    read(fields, reader);
    return true;
  };
}

const NEVER_CRITICAL = { mayBeCritical: false };

const READERS: ReadonlyMap<string, ExtensionReader> = new Map<string, ExtensionReader>([
  ['2.5.29.14', whole('subject key identifier', readSubjectKeyId, NEVER_CRITICAL)],
  ['2.5.29.15', whole('key usage', readKeyUsage)],
  ['2.5.29.17', readSubjectAltName],
  ['2.5.29.19', whole('basic constraints', readBasicConstraints)],
  ['2.5.29.30', readConstraints],
  ['2.5.29.31', whole('CRL distribution points', readCrlDistributionPoints)],
  ['2.5.29.32', whole('certificate policies', (fields, reader) => (fields.policies = readPolicies(reader)))],
  [
    '2.5.29.33',
    whole('policy mappings', (fields, reader) => (fields.policyMappings = readPolicyMappings(reader))),
  ],
  ['2.5.29.35', whole('authority key identifier', readAuthorityKeyId, NEVER_CRITICAL)],
  ['2.5.29.36', whole('policy constraints', readPolicyConstraints)],
  ['2.5.29.37', whole('extended key usage', readExtKeyUsage)],
  ['2.5.29.54', whole('inhibit any policy', (fields, reader) => (fields.inhibitAnyPolicy = reader.int64()))],
  [AUTHORITY_INFO_ACCESS, whole('authority info access', readAuthorityInfoAccess, NEVER_CRITICAL)],
]);

function readSubjectKeyId(fields: CertificateExtensions, reader: DerReader): void {
  fields.subjectKeyId = reader.content(TAG.octetString);
}

function readAuthorityKeyId(fields: CertificateExtensions, reader: DerReader): void {
  const sequence = reader.inside(TAG.sequence);
  if (sequence.isNext(contextTag(0))) fields.authorityKeyId = sequence.content(contextTag(0));
}

function readKeyUsage(fields: CertificateExtensions, reader: DerReader): void {
  const { bytes } = reader.bitString();
  for (let i = 0; i < 9; i++) {
    if (((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0) fields.keyUsage |= 1 << i;
  }
}

function readExtKeyUsage(fields: CertificateExtensions, reader: DerReader): void {
  const { known, unknown } = extendedUsages(reader);
  fields.extKeyUsage = known;
  fields.unknownExtKeyUsage = unknown;
}

function readBasicConstraints(fields: CertificateExtensions, reader: DerReader): void {
  const sequence = reader.inside(TAG.sequence);
  fields.isCa = sequence.isNext(TAG.boolean) && sequence.boolean();
  const hasLength = sequence.isNext(TAG.integer);
  fields.maxPathLen = hasLength ? sequence.int64() : -1n;
  if (hasLength && fields.maxPathLen < 0n) throw sequence.fail();
  fields.basicConstraintsValid = true;
}

function readSubjectAltName(fields: CertificateExtensions, value: Buffer): boolean {
  fields.names = readAlternativeNames(value);
  return Object.values(fields.names).some((list: readonly unknown[]) => list.length > 0);
}

function readConstraints(fields: CertificateExtensions, value: Buffer, critical: boolean): boolean {
  const { permitted, excluded, unhandled } = readNameConstraints(value);
  Object.assign(fields, { permitted, excluded, constraintsCritical: critical });
  return !unhandled;
}

function readCrlDistributionPoints(fields: CertificateExtensions, reader: DerReader): void {
  const points = reader.inside(TAG.sequence);
  while (!points.isEmpty) {
    const name = points.inside(TAG.sequence).optional(constructedTag(0));
    if (name === undefined) continue;
    const fullName = name.inside(constructedTag(0));
    while (fullName.isNext(URI)) fields.crlDistributionPoints.push(fullName.content(URI));
  }
}

function readPolicyConstraints(fields: CertificateExtensions, reader: DerReader): void {
  const sequence = reader.inside(TAG.sequence);
  if (sequence.isNext(contextTag(0))) fields.requireExplicitPolicy = sequence.int64(contextTag(0));
  if (sequence.isNext(contextTag(1))) fields.inhibitPolicyMapping = sequence.int64(contextTag(1));
}

function readAuthorityInfoAccess(fields: CertificateExtensions, reader: DerReader): void {
  const descriptions = reader.inside(TAG.sequence);
  while (!descriptions.isEmpty) {
    const description = descriptions.inside(TAG.sequence);
    const method = description.oid().join('.');
    if (!description.isNext(URI)) continue;
    const location = description.content(URI);
    if (method === OCSP) fields.ocspServers.push(location);
    else if (method === CA_ISSUERS) fields.issuingCertificateUrls.push(location);
  }
}
