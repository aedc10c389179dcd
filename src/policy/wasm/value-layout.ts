/**
 * How modules lay out values (wasm/src/value.h): the type in the first byte; addresses and lengths are words of 4 bytes. What the
 * compiler interned has types of its own, and is laid out alike.
 */
export const TYPE = {
  null: 1,
  boolean: 2,
  number: 3,
  text: 4,
  array: 5,
  object: 6,
  set: 7,
  internedText: 8,
  internedBoolean: 9,
} as const;

/** How a number is kept: the byte behind its type. */
export const NUMBER_AS_INTEGER = 1;
export const NUMBER_AS_TEXT = 2;

/** Offsets of fields in a value. */
export const BOOLEAN_VALUE = 1;
export const NUMBER_KEPT_AS = 1;
export const NUMBER_INTEGER = 8;
export const NUMBER_TEXT = 8;
export const NUMBER_TEXT_LENGTH = 12;
export const TEXT_LENGTH = 4;
export const TEXT_BYTES = 8;
export const ARRAY_ELEMENTS = 4;
export const ARRAY_LENGTH = 8;
/** Of objects and sets: hash tables of linked lists. */
export const TABLE_BUCKETS = 4;
export const TABLE_BUCKET_COUNT = 8;
export const TABLE_LENGTH = 12;

export const BOOLEAN_BYTES = 2;
/** Of a text without its bytes. */
export const TEXT_BYTES_HEADER = 12;

/** In an array, each element is an index and a value. */
export const ELEMENT_BYTES = 8;
export const ELEMENT_VALUE = 4;
/** In a list of an object's members: key, value, the next one. */
export const MEMBER_VALUE = 4;
export const MEMBER_NEXT = 8;
/** In a list of a set's elements: value, the next one. */
export const SET_NEXT = 4;
