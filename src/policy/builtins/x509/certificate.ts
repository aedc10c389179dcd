import { constructedTag, contextTag, DerReader, rightAligned, TAG } from './der.ts';
import { type CertificateExtensions, type Extension, readExtension, readExtensions } from './extensions.ts';
import { type NameAttribute, readName } from './name.ts';
import {
  type KeyAlgorithm,
  keyAlgorithm,
  type PublicKey,
  readAlgorithm,
  readPublicKey,
} from './public-key.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature-algorithm.ts';
import type { Asn1Time } from './time.ts';
import { generalizedTime, utcTime } from './time.ts';

/** A certificate (RFC 5280 section 4.1) as Go's crypto/x509 reads it. */
export interface Certificate {
  readonly raw: Buffer;
  /** The part that is signed. */
  readonly signed: Buffer;
  readonly keyInfo: Buffer;
  readonly subjectBytes: Buffer;
  readonly issuerBytes: Buffer;
  readonly signature: Buffer;
  readonly signatureAlgorithm: SignatureAlgorithm | undefined;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly publicKey: PublicKey | undefined;
  /** From 1. */
  readonly version: number;
  readonly serialNumber: bigint;
  readonly issuer: readonly NameAttribute[];
  readonly subject: readonly NameAttribute[];
  readonly notBefore: Asn1Time;
  readonly notAfter: Asn1Time;
  readonly extensions: readonly Extension[];
  /** What the extensions say. */
  readonly fields: CertificateExtensions;
}

/** Certificates one after the other, with nothing between them. Throws DerError. */
export function readCertificates(der: Buffer): Certificate[] {
  const certificates: Certificate[] = [];
  for (const reader = new DerReader(der, 'certificate'); !reader.isEmpty; ) {
    certificates.push(readCertificate(reader));
  }
  return certificates;
}

function readCertificate(reader: DerReader): Certificate {
  const { whole: raw, content } = reader.element(TAG.sequence);
  const outer = new DerReader(content, 'certificate');
  const { whole: signed, content: signedContent } = outer.element(TAG.sequence);
  const tbs = new DerReader(signedContent, 'certificate');

  const version = readVersion(tbs);
  const serialNumber = tbs.integer();
  const signatureBytes = tbs.content(TAG.sequence);
  const isSame = outer.content(TAG.sequence).equals(signatureBytes);
  if (serialNumber < 0n || !isSame) throw tbs.fail();
  const algorithm = signatureAlgorithm(readAlgorithm(new DerReader(signatureBytes, 'signature algorithm')));
  const issuerBytes = tbs.element(TAG.sequence).whole;
  const issuer = readName(issuerBytes, 'issuer');
  const validity = tbs.inside(TAG.sequence, 'validity');
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  const subjectBytes = tbs.element(TAG.sequence).whole;
  const subject = readName(subjectBytes, 'subject');
  const { whole: keyInfo, content: keyContent } = tbs.element(TAG.sequence);
  const key = readKeyInfo(new DerReader(keyContent, 'public key'));
  const extensions = readExtensionList(tbs, version);
  const fields = readExtensions(extensions);
  const signature = rightAligned(outer.bitString());
  return {
    raw,
    signed,
    keyInfo,
    subjectBytes,
    issuerBytes,
    signature,
    signatureAlgorithm: algorithm,
    ...key,
    version,
    serialNumber,
    issuer,
    subject,
    notBefore,
    notAfter,
    extensions,
    fields,
  };
}

function readVersion(tbs: DerReader): number {
  const wrapper = tbs.optional(constructedTag(0), 'version');
  if (wrapper === undefined) return 1;
  const version = wrapper.integer();
  if (!wrapper.isEmpty || version < 0n || version > 2n) throw wrapper.fail();
  return Number(version) + 1;
}

function readTime(reader: DerReader): Asn1Time {
  const { tag, content } = reader.any();
  const text = content.toString('latin1');
  const time =
    tag === TAG.utcTime
      ? utcTime(text)
      : tag === TAG.generalizedTime
        ? generalizedTime(text, { fractions: false })
        : undefined;
  if (time === undefined) throw reader.fail();
  return time;
}

function readKeyInfo(reader: DerReader): Pick<Certificate, 'keyAlgorithm' | 'publicKey'> {
  const identifier = readAlgorithm(reader.inside(TAG.sequence));
  const bits = rightAligned(reader.bitString());
  const algorithm = keyAlgorithm(identifier.oid);
  return {
    keyAlgorithm: algorithm,
    publicKey: algorithm === 0 ? undefined : readPublicKey(identifier, bits),
  };
}

/** Each extension once. Versions before the third have none. */
function readExtensionList(tbs: DerReader, version: number): Extension[] {
  if (version === 1) return [];
  for (const tag of [contextTag(1), contextTag(2)]) tbs.optional(tag);
  const wrapper = version === 3 ? tbs.optional(constructedTag(3), 'extensions') : undefined;
  if (wrapper === undefined) return [];
  const list = wrapper.inside(TAG.sequence);
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!list.isEmpty) {
    const extension = readExtension(list.inside(TAG.sequence));
    const name = extension.id.join('.');
    if (seen.has(name)) throw list.fail();
    seen.add(name);
    extensions.push(extension);
  }
  return extensions;
}
