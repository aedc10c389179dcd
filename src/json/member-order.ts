import { canonicalString, sortUtf8 } from './canonical-string.ts';

/** How canonical JSON writes the members of an object. */
export interface MemberOrder {
  /** Sorted by their UTF-8 bytes. */
  readonly keys: readonly string[];
  /** What stands before each value: the brace or the comma, the key and the colon. */
  readonly heads: readonly string[];
}

export interface KnownOrder extends MemberOrder {
  /** As the object lists them. */
  readonly listed: readonly string[];
  /** Of {@link placesOf}; null: not looked for yet. */
  places: readonly number[] | undefined | null;
}

/** Objects come again with the same keys in the same order, from document to document and within lists. Slots are simply overwritten. */
const SLOTS = 256;
const known: (KnownOrder | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

/** What is longer is not kept, so that all slots together hold 2 MiB at most. */
const MAX_KEPT_CHARACTERS = 2048;

/** Of the keys as `Object.keys` lists them, which become the property of this function. */
export function memberOrder(listed: readonly string[]): KnownOrder {
  const slot = slotOf(listed);
  const found = known[slot];
  if (found !== undefined && sameKeys(found.listed, listed)) return found;
  const keys = sortUtf8([...listed]);
  const heads = keys.map((key, i) => `${i === 0 ? '{' : ','}${canonicalString(key)}:`);
  const order: KnownOrder = { listed, keys, heads, places: null };
  if (heads.reduce((sum, { length }) => sum + length, 0) <= MAX_KEPT_CHARACTERS) known[slot] = order;
  return order;
}

/** Where each key stood in the list that the order was made of; undefined when one of them stands there twice. */
export function placesOf(order: KnownOrder): readonly number[] | undefined {
  if (order.places !== null) return order.places;
  const places = new Map(order.listed.map((key, place) => [key, place]));
  order.places = places.size === order.listed.length ? order.keys.map((key) => places.get(key)!) : undefined;
  return order.places;
}

function slotOf(keys: readonly string[]): number {
  if (keys.length === 0) return 0;
  const first = keys[0]!;
  const last = keys[keys.length - 1]!;
  const ends = (first.charCodeAt(0) || 0) * 521 + (last.charCodeAt(last.length >> 1) || 0) * 17;
  return (keys.length * 31 + first.length * 7 + last.length * 131 + ends) & (SLOTS - 1);
}

/** Keys of objects are interned by the engine, so that equal ones compare at once. */
function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
