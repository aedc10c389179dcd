import type { RegoValue } from '../../value.ts';
import { DerReader, TAG } from './der.ts';
import { asn1Text } from './strings.ts';

/** One attribute of a distinguished name. In requests, values need not be text. */
export interface NameAttribute {
  readonly type: readonly number[];
  /** As JSON. */
  readonly value: RegoValue;
  /** Whether it was text; other values can look like it in JSON. */
  readonly isText: boolean;
}

/** The attributes of the Name (RFC 5280 section 4.1.2.4) that a certificate names, in their order. Throws DerError. */
export function readName(whole: Buffer, what: string): NameAttribute[] {
  const attributes: NameAttribute[] = [];
  const sets = new DerReader(whole, what).inside(TAG.sequence);
  while (!sets.isEmpty) {
    const set = sets.inside(TAG.set);
    while (!set.isEmpty) attributes.push(readAttribute(set.inside(TAG.sequence)));
  }
  return attributes;
}

function readAttribute(attribute: DerReader): NameAttribute {
  const type = attribute.oid();
  const { tag, content } = attribute.any();
  const value = asn1Text(tag, content);
  if (value === undefined) throw attribute.fail();
  return { type, value, isText: true };
}

/** Go's fields of pkix.Name that hold lists, with the last component of the attribute's type (2.5.4.x). */
const LISTS: ReadonlyMap<string, number> = new Map([
  ['Country', 6],
  ['Organization', 10],
  ['OrganizationalUnit', 11],
  ['Locality', 7],
  ['Province', 8],
  ['StreetAddress', 9],
  ['PostalCode', 17],
]);

/** Fields of which the last value counts. */
const SINGLES: ReadonlyMap<string, number> = new Map([
  ['SerialNumber', 5],
  ['CommonName', 3],
]);

/** The name as Go's pkix.Name in JSON. */
export function nameValue(attributes: readonly NameAttribute[]): RegoValue {
  const texts = (last: number): RegoValue[] =>
    attributes
      .filter(({ type, isText }) => isText && type.join('.') === `2.5.4.${last}`)
      .map(({ value }) => value);
  return new Map<RegoValue, RegoValue>([
    ...Array.from(LISTS, ([field, last]): [string, RegoValue] => [field, orNull(texts(last))]),
    ...Array.from(SINGLES, ([field, last]): [string, RegoValue] => [field, texts(last).at(-1) ?? '']),
    ['Names', orNull(attributes.map(attributeValue))],
    ['ExtraNames', null],
  ]);
}

/** Go's pkix.AttributeTypeAndValue in JSON. */
export function attributeValue({ type, value }: NameAttribute): RegoValue {
  return new Map<RegoValue, RegoValue>([
    ['Type', [...type]],
    ['Value', value],
  ]);
}

/** Go's slices that nothing was put into are nil, which JSON writes as null. */
export function orNull(list: RegoValue[]): RegoValue {
  return list.length === 0 ? null : list;
}
