import { type DerReader, oidComponents, TAG } from './der.ts';

/** Longer identifiers of policies are refused: reading a component takes time that grows with its square. */
const MAX_OID_OCTETS = 1_000;

/** Extended key usages in the order of Go's ExtKeyUsage, from 0: any. */
const EXTENDED_USAGES: readonly string[] = [
  '2.5.29.37.0',
  ...Array.from({ length: 9 }, (_, i) => `1.3.6.1.5.5.7.3.${i + 1}`),
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
  '1.3.6.1.4.1.311.2.1.22',
  '1.3.6.1.4.1.311.61.1.1',
];

/** Usages that Go has a number for, and identifiers of others (RFC 5280 section 4.2.1.12). Throws DerError. */
export function extendedUsages(reader: DerReader): { known: number[]; unknown: number[][] } {
  const usages: { known: number[]; unknown: number[][] } = { known: [], unknown: [] };
  const sequence = reader.inside(TAG.sequence);
  while (!sequence.isEmpty) {
    const oid = sequence.oid();
    const number = EXTENDED_USAGES.indexOf(oid.join('.'));
    if (number === -1) usages.unknown.push(oid);
    else usages.known.push(number);
  }
  return usages;
}

/** Identifiers of policies (section 4.2.1.4) as the contents of their elements, each once. Throws DerError. */
export function readPolicies(reader: DerReader): Buffer[] {
  const policies: Buffer[] = [];
  const seen = new Set<string>();
  const sequence = reader.inside(TAG.sequence);
  while (!sequence.isEmpty) {
    const policy = sequence.inside(TAG.sequence).content(TAG.oid);
    const name = policy.toString('latin1');
    if (seen.has(name) || !isMinimal(policy)) throw sequence.fail();
    seen.add(name);
    policies.push(policy);
  }
  return policies;
}

/** Which policies of the issuer stand for which of the subject (section 4.2.1.5). Throws DerError. */
export function readPolicyMappings(reader: DerReader): { issuer: Buffer; subject: Buffer }[] {
  const mappings: { issuer: Buffer; subject: Buffer }[] = [];
  const sequence = reader.inside(TAG.sequence);
  while (!sequence.isEmpty) {
    const mapping = sequence.inside(TAG.sequence);
    const [issuer, subject] = [mapping.content(TAG.oid), mapping.content(TAG.oid)];
    if (Math.max(issuer.length, subject.length) > MAX_OID_OCTETS) throw mapping.fail();
    mappings.push({ issuer, subject });
  }
  return mappings;
}

/** An object identifier of components of any size. */
function isMinimal(content: Buffer): boolean {
  let isFirst = true;
  for (const octet of content) {
    if (isFirst && octet === 0x80) return false;
    isFirst = octet < 0x80;
  }
  return content.length > 0 && content.length <= MAX_OID_OCTETS && isFirst;
}

/** The dotted text of an object identifier with components of any size, as Go's x509.OID writes it. */
export function oidText(content: Buffer): string {
  const parts: bigint[] = [];
  let value = 0n;
  for (const octet of content) {
    value = (value << 7n) | BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    if (parts.length > 0) parts.push(value);
    else if (value < 80n) parts.push(value / 40n, value % 40n);
    else parts.push(2n, value - 80n);
    value = 0n;
  }
  return parts.join('.');
}

/** The components of the policies of which none is larger than 31 bits. */
export function smallPolicies(policies: readonly Buffer[]): number[][] {
  return policies.map(oidComponents).filter((policy) => policy !== undefined);
}
