import { PortcullisError } from '../errors.ts';
import type { JsonObject, JsonValue } from './value.ts';

/** A JSON pointer taken apart: its unescaped segments, none for the whole document. */
export type JsonPointer = readonly string[];

/** Takes an RFC 6901 pointer such as `/input/user/email` apart. Throws `config_invalid`. */
export function parsePointer(text: string): JsonPointer {
  if (text === '') return [];
  if (!text.startsWith('/')) {
    throw new PortcullisError(
      'config_invalid',
      `the JSON pointer ${JSON.stringify(text)} must begin with a slash`,
    );
  }
  if (/~(?![01])/.test(text)) {
    throw new PortcullisError(
      'config_invalid',
      `the JSON pointer ${JSON.stringify(text)} holds a ~ that is neither ~0 (for ~) nor ~1 (for /)`,
    );
  }
  return text
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the pointer names, or undefined where there is nothing. */
export function getPointer(value: JsonValue, pointer: JsonPointer): JsonValue | undefined {
  let node: JsonValue | undefined = value;
  for (const segment of pointer) {
    if (node === undefined) return undefined;
    node = child(node, segment);
  }
  return node;
}

/**
 * The value with everything that a pointer names replaced, or removed when `replacement` is undefined (in an array null
 * stands in, so that the other places keep their numbers). Pointers that name nothing change nothing. The original is
 * left alone: only what lies on the way to a masked place is copied, the rest is shared.
 */
export function maskPointers(
  value: JsonValue,
  pointers: readonly JsonPointer[],
  replacement: JsonValue | undefined,
): JsonValue {
  if (pointers.some((pointer) => pointer.length === 0)) return replacement ?? null;
  return pointers.length === 0 ? value : maskAt(value, pointers, 0, replacement);
}

function maskAt(
  value: JsonValue,
  pointers: readonly JsonPointer[],
  depth: number,
  replacement: JsonValue | undefined,
): JsonValue {
  const bySegment = new Map<string, JsonPointer[]>();
  for (const pointer of pointers) {
    const segment = pointer[depth] as string;
    if (child(value, segment) === undefined) continue;
    const others = bySegment.get(segment);
    if (others === undefined) bySegment.set(segment, [pointer]);
    else others.push(pointer);
  }
  if (bySegment.size === 0) return value;

  const copy = shallowCopy(value as JsonValue[] | JsonObject);
  for (const [segment, below] of bySegment) {
    const ends = below.some((pointer) => pointer.length === depth + 1);
    const masked = ends
      ? replacement
      : maskAt(child(value, segment) as JsonValue, below, depth + 1, replacement);
    if (Array.isArray(copy)) copy[Number(segment)] = masked ?? null;
    else if (masked === undefined) delete copy[segment];
    else copy[segment] = masked;
  }
  return copy;
}

function shallowCopy(value: JsonValue[] | JsonObject): JsonValue[] | JsonObject {
  if (Array.isArray(value)) return [...value];
  return Object.assign(Object.create(null) as JsonObject, value);
}

/** RFC 6901 section 4: an index is `0` or digits without a leading zero; `-` names nothing that exists. */
const INDEX = /^(?:0|[1-9][0-9]*)$/;

function child(value: JsonValue, segment: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return INDEX.test(segment) ? value[Number(segment)] : undefined;
  if (JSON.isRawJSON(value)) return undefined;
  return Object.hasOwn(value, segment) ? value[segment] : undefined;
}
