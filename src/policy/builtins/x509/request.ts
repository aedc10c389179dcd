import type { RegoValue } from '../../value.ts';
import { bigintToNumber } from '../numbers.ts';
import { base64, extensionsValue, namesFields, timeValue } from './certificate-value.ts';
import {
  bitStringOf,
  constructedTag,
  type DerElement,
  DerError,
  DerReader,
  oidComponents,
  rightAligned,
  TAG,
} from './der.ts';
import type { Extension } from './extensions.ts';
import { type AlternativeNames, NO_NAMES, readAlternativeNames } from './general-names.ts';
import { attributeValue, type NameAttribute, nameValue, orNull } from './name.ts';
import { keyAlgorithm, publicKeyValue, readAlgorithm, readPublicKey } from './public-key.ts';
import { signatureAlgorithm } from './signature-algorithm.ts';
import { asn1Text } from './strings.ts';
import { generalizedTime, utcTime } from './time.ts';

/** Certificate requests (RFC 2986) as Go reads them with encoding/asn1, which is more lenient than for certificates. */

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const SUBJECT_ALT_NAME = '2.5.29.17';
const HIGH_TAGS = { highTags: true };

/** The request as JSON that encoding/json makes of Go's x509.CertificateRequest. Throws DerError and BuiltinError. */
export function requestValue(der: Buffer): RegoValue {
  const outer = new DerReader(der, 'certificate request');
  const { whole: raw, content } = outer.element(TAG.sequence);
  if (!outer.isEmpty) throw outer.fail();
  const request = new DerReader(content, 'certificate request');
  const { whole: signed, content: infoContent } = request.element(TAG.sequence);
  const info = new DerReader(infoContent, 'certificate request');
  const version = info.int64();
  const { whole: subject } = info.any(HIGH_TAGS);
  const { whole: keyInfo, content: keyContent } = info.element(TAG.sequence);
  const key = new DerReader(keyContent, 'public key');
  const identifier = readAlgorithm(key.inside(TAG.sequence), HIGH_TAGS);
  const keyBits = rightAligned(key.bitString());
  const attributes = elementsOf(info.inside(constructedTag(0)));
  const algorithm = signatureAlgorithm(readAlgorithm(request.inside(TAG.sequence), HIGH_TAGS));
  const signature = rightAligned(request.bitString());
  const extensions = attributes.flatMap(requestedExtensions);
  checkDistinct(extensions, outer);
  return new Map<RegoValue, RegoValue>([
    ['Raw', base64(raw)],
    ['RawTBSCertificateRequest', base64(signed)],
    ['RawSubjectPublicKeyInfo', base64(keyInfo)],
    ['RawSubject', base64(subject)],
    ['Version', bigintToNumber(version)],
    ['Signature', base64(signature)],
    ['SignatureAlgorithm', algorithm?.number ?? 0],
    ['PublicKeyAlgorithm', keyAlgorithm(identifier.oid)],
    ['PublicKey', publicKeyValue(readPublicKey(identifier, keyBits))],
    ['Subject', nameValue(readSubject(subject))],
    ['Attributes', orNull(attributes.map(namesAttribute).filter((value) => value !== undefined))],
    ['Extensions', extensionsValue(extensions)],
    ['ExtraExtensions', null],
    ...namesFields(alternativeNames(extensions)),
  ]);
}

function elementsOf(reader: DerReader): DerElement[] {
  const elements: DerElement[] = [];
  while (!reader.isEmpty) elements.push(reader.any(HIGH_TAGS));
  return elements;
}

function readSubject(whole: Buffer): NameAttribute[] {
  const reader = new DerReader(whole, 'subject');
  const sets = reader.inside(TAG.sequence);
  const attributes: NameAttribute[] = [];
  while (!sets.isEmpty) {
    const set = sets.inside(TAG.set);
    while (!set.isEmpty) attributes.push(readAttribute(set.inside(TAG.sequence)));
  }
  return attributes;
}

function readAttribute(reader: DerReader): NameAttribute {
  const type = reader.oid();
  return { type, ...anyValue(reader, reader.any(HIGH_TAGS)) };
}

/** An attribute's value of any type, as JSON of what encoding/asn1 makes of it: null for types that it does not know. */
function anyValue(reader: DerReader, { tag, content }: DerElement): Pick<NameAttribute, 'value' | 'isText'> {
  const text = asn1Text(tag, content);
  if (text !== undefined) return { value: text, isText: true };
  const value = ANY.has(tag) ? ANY.get(tag)!(content, reader) : null;
  if (value === undefined) throw reader.fail();
  return { value, isText: false };
}

type AnyReader = (content: Buffer, reader: DerReader) => RegoValue | undefined;

function never(): undefined {
  return undefined;
}

const ANY: ReadonlyMap<number, AnyReader> = new Map<number, AnyReader>([
  // Text, which is broken where it comes here.
  ...[TAG.printableString, TAG.numericString, TAG.ia5String, TAG.utf8String, TAG.bmpString].map(
    (tag): [number, AnyReader] => [tag, never],
  ),
  [TAG.boolean, (content) => (content.length === 1 && content[0] === 0 ? false : isTrue(content))],
  [TAG.integer, integerValue],
  [TAG.oid, (content) => oidComponents(content)],
  [TAG.octetString, (content) => base64(content)],
  [TAG.bitString, bitStringValue],
  [TAG.utcTime, (content) => timeOrNothing(utcTime(content.toString('latin1')))],
  [
    TAG.generalizedTime,
    (content) => timeOrNothing(generalizedTime(content.toString('latin1'), { fractions: true })),
  ],
]);

function isTrue(content: Buffer): true | undefined {
  return content.length === 1 && content[0] === 0xff ? true : undefined;
}

function integerValue(content: Buffer, reader: DerReader): RegoValue | undefined {
  const value = reader.integerOf(content);
  return BigInt.asIntN(64, value) === value ? bigintToNumber(value) : undefined;
}

function bitStringValue(content: Buffer): RegoValue | undefined {
  const bits = bitStringOf(content);
  if (bits === undefined) return undefined;
  return new Map<RegoValue, RegoValue>([
    ['Bytes', base64(bits.bytes)],
    ['BitLength', bits.bitLength],
  ]);
}

function timeOrNothing(time: ReturnType<typeof utcTime>): string | undefined {
  return time === undefined ? undefined : timeValue(time);
}

/** An attribute whose values are lists of names' attributes, such as requested extensions; undefined for others. */
function namesAttribute({ whole }: DerElement): RegoValue | undefined {
  try {
    const reader = new DerReader(whole, 'attribute').inside(TAG.sequence);
    const type = reader.oid();
    const lists: RegoValue[] = [];
    for (const values = reader.inside(TAG.set); !values.isEmpty; ) {
      const list = values.inside(TAG.sequence);
      const attributes: RegoValue[] = [];
      while (!list.isEmpty) attributes.push(attributeValue(readAttribute(list.inside(TAG.sequence))));
      lists.push(attributes);
    }
    return new Map<RegoValue, RegoValue>([
      ['Type', type],
      ['Value', lists],
    ]);
  } catch (error) {
    return ignored(error);
  }
}

/** The extensions that an attribute asks for; none where it asks for something else. */
function requestedExtensions({ whole }: DerElement): Extension[] {
  const values = extensionValues(whole);
  const [first] = values ?? [];
  if (first === undefined) return [];
  const extensions: Extension[] = [];
  for (const list = new DerReader(first.whole, 'extensions').inside(TAG.sequence); !list.isEmpty; ) {
    const extension = list.inside(TAG.sequence);
    const id = extension.oid();
    const critical = extension.hasNext(TAG.boolean) && extension.boolean();
    extensions.push({ id, critical, value: extension.content(TAG.octetString) });
  }
  return extensions;
}

function extensionValues(whole: Buffer): DerElement[] | undefined {
  try {
    const reader = new DerReader(whole, 'attribute').inside(TAG.sequence);
    const id = reader.oid().join('.');
    const values = elementsOf(reader.inside(TAG.set));
    return id === EXTENSION_REQUEST ? values : undefined;
  } catch (error) {
    return ignored(error);
  }
}

function ignored(error: unknown): undefined {
  if (error instanceof DerError) return undefined;
  throw error;
}

function checkDistinct(extensions: readonly Extension[], reader: DerReader): void {
  if (new Set(extensions.map(({ id }) => id.join('.'))).size !== extensions.length) throw reader.fail();
}

function alternativeNames(extensions: readonly Extension[]): AlternativeNames {
  const names = extensions.find(({ id }) => id.join('.') === SUBJECT_ALT_NAME);
  return names === undefined ? NO_NAMES : readAlternativeNames(names.value);
}
