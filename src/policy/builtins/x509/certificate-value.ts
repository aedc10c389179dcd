import type { RegoValue } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { formatIp } from '../cidr.ts';
import type { GoUrl } from '../go-url-parse.ts';
import { goUrlText } from '../go-url-text.ts';
import { bigintToNumber } from '../numbers.ts';
import type { Certificate } from './certificate.ts';
import type { Extension } from './extensions.ts';
import type { AlternativeNames } from './general-names.ts';
import { addressOf } from './host-name.ts';
import { nameValue, orNull } from './name.ts';
import type { ConstraintNetwork, Subtrees } from './name-constraints.ts';
import { oidText, smallPolicies } from './policies-extensions.ts';
import { publicKeyValue } from './public-key.ts';
import { lenientUtf8 } from './strings.ts';
import { type Asn1Time, timeText } from './time.ts';

/** Certificates as JSON that Go's encoding/json makes of x509.Certificate: field names, nil and empty as there. */

/** With OPA's field `URIStrings`, which not all of its builtins add. Throws BuiltinError. */
export function certificateValue(
  certificate: Certificate,
  options: { readonly uriStrings: boolean },
): RegoValue {
  const { fields, signatureAlgorithm, serialNumber } = certificate;
  const value = new Map<RegoValue, RegoValue>([
    ['Raw', base64(certificate.raw)],
    ['RawTBSCertificate', base64(certificate.signed)],
    ['RawSubjectPublicKeyInfo', base64(certificate.keyInfo)],
    ['RawSubject', base64(certificate.subjectBytes)],
    ['RawIssuer', base64(certificate.issuerBytes)],
    ['Signature', base64(certificate.signature)],
    ['SignatureAlgorithm', signatureAlgorithm?.number ?? 0],
    ['PublicKeyAlgorithm', certificate.keyAlgorithm],
    ['PublicKey', publicKeyValue(certificate.publicKey)],
    ['Version', certificate.version],
    ['SerialNumber', bigintToNumber(serialNumber)],
    ['Issuer', nameValue(certificate.issuer)],
    ['Subject', nameValue(certificate.subject)],
    ['NotBefore', timeValue(certificate.notBefore)],
    ['NotAfter', timeValue(certificate.notAfter)],
    ...extensionFields(certificate),
    ...namesFields(fields.names),
    ['PermittedDNSDomainsCritical', fields.constraintsCritical],
    ...subtreeFields('Permitted', fields.permitted),
    ...subtreeFields('Excluded', fields.excluded),
    ...policyFields(certificate),
  ]);
  if (options.uriStrings) value.set('URIStrings', orNull(fields.names.uris.map(goUrlText)));
  return value;
}

type Fields = [name: string, value: RegoValue][];

function extensionFields({ extensions, fields }: Certificate): Fields {
  return [
    ['KeyUsage', fields.keyUsage],
    ['Extensions', extensionsValue(extensions)],
    ['ExtraExtensions', null],
    ['UnhandledCriticalExtensions', orNull(fields.unhandledCritical.map((id) => [...id]))],
    ['ExtKeyUsage', orNull(fields.extKeyUsage)],
    ['UnknownExtKeyUsage', orNull(fields.unknownExtKeyUsage)],
    ['BasicConstraintsValid', fields.basicConstraintsValid],
    ['IsCA', fields.isCa],
    ['MaxPathLen', bigintToNumber(fields.maxPathLen)],
    ['MaxPathLenZero', fields.basicConstraintsValid && fields.maxPathLen === 0n],
    ['SubjectKeyId', base64(fields.subjectKeyId)],
    ['AuthorityKeyId', base64(fields.authorityKeyId)],
    ['OCSPServer', orNull(fields.ocspServers.map(lenientUtf8))],
    ['IssuingCertificateURL', orNull(fields.issuingCertificateUrls.map(lenientUtf8))],
    ['CRLDistributionPoints', orNull(fields.crlDistributionPoints.map(lenientUtf8))],
  ];
}

function policyFields({ fields }: Certificate): Fields {
  const limits = [
    ['InhibitAnyPolicy', fields.inhibitAnyPolicy],
    ['InhibitPolicyMapping', fields.inhibitPolicyMapping],
    ['RequireExplicitPolicy', fields.requireExplicitPolicy],
  ] as const;
  const mappings = fields.policyMappings.map(
    ({ issuer, subject }): RegoValue =>
      new Map([
        ['IssuerDomainPolicy', oidText(issuer)],
        ['SubjectDomainPolicy', oidText(subject)],
      ]),
  );
  return [
    ['PolicyIdentifiers', fields.policies === undefined ? null : smallPolicies(fields.policies)],
    ['Policies', orNull((fields.policies ?? []).map(oidText))],
    ['PolicyMappings', orNull(mappings)],
    ...limits.flatMap(
      ([name, limit]): Fields => [
        [name, bigintToNumber(limit ?? 0n)],
        [`${name}Zero`, limit === 0n],
      ],
    ),
  ];
}

export function extensionsValue(extensions: readonly Extension[]): RegoValue {
  return orNull(
    extensions.map(
      ({ id, critical, value }) =>
        new Map<RegoValue, RegoValue>([
          ['Id', [...id]],
          ['Critical', critical],
          ['Value', base64(value)],
        ]),
    ),
  );
}

export function namesFields({ dns, email, ip, uris }: AlternativeNames): Fields {
  return [
    ['DNSNames', orNull([...dns])],
    ['EmailAddresses', orNull([...email])],
    ['IPAddresses', orNull(ip.map(ipText))],
    ['URIs', orNull(uris.map(urlValue))],
  ];
}

function subtreeFields(side: string, { dns, ip, email, uris }: Subtrees): Fields {
  return [
    [`${side}DNSDomains`, orNull([...dns])],
    [`${side}IPRanges`, orNull(ip.map(networkValue))],
    [`${side}EmailAddresses`, orNull([...email])],
    [`${side}URIDomains`, orNull([...uris])],
  ];
}

function networkValue({ ip, mask }: ConstraintNetwork): RegoValue {
  return new Map([
    ['IP', ipText(ip)],
    ['Mask', base64(mask)],
  ]);
}

/** An IPv4-mapped address is written as the IPv4 address it is. */
function ipText(bytes: Buffer): string {
  return formatIp(addressOf(bytes));
}

/** Go's url.URL; user information shows nothing of itself. */
function urlValue(url: GoUrl): RegoValue {
  return new Map<RegoValue, RegoValue>([
    ['Scheme', url.scheme],
    ['Opaque', url.opaque],
    ['User', url.user === undefined ? null : new Map()],
    ['Host', lenientUtf8(url.host)],
    ['Path', lenientUtf8(url.path)],
    ['Fragment', lenientUtf8(url.fragment)],
    ['RawQuery', url.rawQuery],
    ['RawPath', url.rawPath],
    ['RawFragment', url.rawFragment],
    ['ForceQuery', url.forceQuery],
    ['OmitHost', url.omitHost],
  ]);
}

export function timeValue(time: Asn1Time): string {
  const text = timeText(time);
  if (text === undefined) throw new BuiltinError('timezone hour outside of range [0,23]');
  return text;
}

/** As encoding/json writes bytes; nil is null. */
export function base64(bytes: Buffer | undefined): string | null {
  return bytes?.toString('base64') ?? null;
}
