import { ExactNumber, type RegoValue } from '../../value.ts';
import type { PlanLocation } from '../ir.ts';

/** A place where the module may go through elements in another order than OPA. */
export interface OrderSite {
  readonly at: PlanLocation;
  /** What it goes through; grows while the analysis runs. */
  kinds: number;
}

export type Sites = ReadonlySet<OrderSite>;

/** The types that a value can have, as bits. */
/** Any scalar but a number. */
export const SCALAR = 1;
export const ARRAY = 2;
export const OBJECT = 4;
export const SET = 8;
export const NUMBER = 16;
const JSON_KINDS = SCALAR | NUMBER | ARRAY | OBJECT;
export const ANY_KIND: number = JSON_KINDS | SET;

/** All that is known of the values a local can have. */
export interface Abstract {
  readonly kinds: number;
  /** Exactly these documents, when they are known: parts of the base data. */
  readonly docs: readonly RegoValue[] | undefined;
  /** What it holds, when the policy made it; undefined: anything of JSON. */
  readonly member: Abstract | undefined;
  /** Where the order of an array's own elements comes from; of an object, which keys it has. */
  readonly outer: Sites;
  /** Where its value, apart from that, depends on an order. */
  readonly inner: Sites;
}

export const NO_SITES: Sites = new Set();

const MAX_DOCS = 200;
const MAX_DEPTH = 4;

export function ofKinds(kinds: number, inner: Sites = NO_SITES): Abstract {
  return { kinds, docs: undefined, member: undefined, outer: NO_SITES, inner };
}

export const NOTHING: Abstract = ofKinds(0);
export const SCALARS: Abstract = ofKinds(SCALAR);
export const NUMBERS: Abstract = ofKinds(NUMBER);
export const ANY_JSON: Abstract = ofKinds(JSON_KINDS);

/** Of documents of the base data; anything of JSON when there are none (another bundle may bring them) or too many. */
export function ofDocs(docs: readonly RegoValue[]): Abstract {
  if (docs.length === 0 || docs.length > MAX_DOCS) return ANY_JSON;
  const kinds = docs.reduce<number>((bits, doc) => bits | kindOf(doc), 0);
  return { kinds, docs, member: undefined, outer: NO_SITES, inner: NO_SITES };
}

function kindOf(doc: RegoValue): number {
  if (Array.isArray(doc)) return ARRAY;
  if (doc instanceof Map) return OBJECT;
  if (doc instanceof Set) return SET;
  return typeof doc === 'number' || doc instanceof ExactNumber ? NUMBER : SCALAR;
}

/** The least that covers both. Gives `a` itself when it covers `b` already, so that a fixpoint is seen. */
export function join(a: Abstract, b: Abstract, depth = 0): Abstract {
  if (a === b || isNothing(b)) return a;
  if (isNothing(a)) return b;
  const kinds = a.kinds | b.kinds;
  const docs = joinDocs(a, b);
  const member = joinMembers(a, b, depth);
  const outer = union(a.outer, b.outer);
  const inner = union(a.inner, b.inner);
  const same =
    kinds === a.kinds && docs === a.docs && member === a.member && outer === a.outer && inner === a.inner;
  return same ? a : { kinds, docs, member, outer, inner };
}

function isNothing({ kinds, inner, outer }: Abstract): boolean {
  return kinds === 0 && inner.size === 0 && outer.size === 0;
}

function joinDocs(a: Abstract, b: Abstract): readonly RegoValue[] | undefined {
  if (a.docs === undefined || b.docs === undefined) return undefined;
  const added = b.docs.filter((doc) => !a.docs!.includes(doc));
  if (added.length === 0) return a.docs;
  return a.docs.length + added.length > MAX_DOCS ? undefined : [...a.docs, ...added];
}

function joinMembers(a: Abstract, b: Abstract, depth: number): Abstract | undefined {
  if (a.member === b.member) return a.member;
  // A value without members known is a scalar, or may hold anything.
  if (b.member === undefined) return isScalar(b.kinds) ? a.member : undefined;
  if (a.member === undefined) return isScalar(a.kinds) ? b.member : undefined;
  return depth >= MAX_DEPTH ? undefined : join(a.member, b.member, depth + 1);
}

/** Nothing that holds anything. */
function isScalar(kinds: number): boolean {
  return (kinds & ~(SCALAR | NUMBER)) === 0;
}

/** Gives `a` itself when nothing is added. */
export function union(a: Sites, b: Sites): Sites {
  if (b.size === 0 || b.isSubsetOf(a)) return a;
  return a.size === 0 ? b : a.union(b);
}

/** A container that is empty so far. */
export function container(kind: number): Abstract {
  return { ...ofKinds(kind), member: NOTHING };
}

/** What a key reaches in a value, or any key when none is given. */
export function memberOf(value: Abstract, key: string | undefined): Abstract {
  const { kinds, docs, member, inner } = value;
  if (isScalar(kinds)) return NOTHING;
  if (docs !== undefined) return dependingOn(ofDocs(membersOf(docs, key)), inner);
  if (member !== undefined) return dependingOn(member, choiceOf(value));
  return (kinds & SET) === 0 && inner.size === 0 ? ANY_JSON : ofKinds(ANY_KIND, inner);
}

/** Where it depends on an order which value this is, beyond what its members are. */
export function choiceOf({ member, inner }: Abstract): Sites {
  return member === undefined ? inner : inner.difference(member.inner).difference(member.outer);
}

function dependingOn(value: Abstract, sites: Sites): Abstract {
  return sites.size === 0 ? value : { ...value, inner: union(value.inner, sites) };
}

/** What a key reaches in documents, or any key when none is given. */
export function membersOf(docs: readonly RegoValue[], key: string | undefined): readonly RegoValue[] {
  return docs.flatMap((doc) => membersOfOne(doc, key));
}

function membersOfOne(doc: RegoValue, key: string | undefined): readonly RegoValue[] {
  if (doc instanceof Map) {
    if (key === undefined) return [...doc.values()];
    const found = doc.get(key);
    return found === undefined ? [] : [found];
  }
  return Array.isArray(doc) ? doc : [];
}
