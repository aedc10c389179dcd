import { canonicalJson } from '../../json/canonical.ts';
import { memberOrder } from '../../json/member-order.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';
import { FULL } from '../plan/footprint.ts';
import type { ResolvedTree } from './resolve-tree.ts';
import { scalarText } from './scalar-text.ts';

/**
 * What a tree lets through of a document, as canonical JSON, in one pass over what can be seen. What cannot be seen is
 * left out, or stands as `null` where it must be there: `null` for what is only there, `""`, `0`, `[]` and `{}` for what
 * is only known by its type.
 * @param whole writes what can be seen in full: canonicalJson, or something that tells the same values apart
 */
export function seenText(
  tree: ResolvedTree,
  value: JsonValue,
  whole: (value: JsonValue) => string = canonicalJson,
): string {
  if ((tree.reads & FULL) !== 0) return whole(value);
  if (typeof value !== 'object' || value === null) return scalarText(tree.reads, value);
  if (Array.isArray(value)) return arrayText(tree, value, whole);
  return JSON.isRawJSON(value) ? scalarText(tree.reads, value) : objectText(tree, value, whole);
}

function objectText(tree: ResolvedTree, object: JsonObject, whole: (value: JsonValue) => string): string {
  const { members, others } = tree;
  if (others !== undefined) return everyMember(tree.byKey, others, object, whole);
  if (members.length === 0) return tree.reads === 0 ? 'null' : '{}';
  let out = '';
  for (let i = 0; i < members.length; i++) {
    const member = members[i]!;
    const value = object[member.key];
    if (value === undefined || (member.inherited && !Object.hasOwn(object, member.key))) continue;
    if (out !== '') out += ',';
    out += member.head;
    out += seenText(member.tree, value, whole);
  }
  return `{${out}}`;
}

function everyMember(
  byKey: ReadonlyMap<string, ResolvedTree> | undefined,
  others: ResolvedTree,
  object: JsonObject,
  whole: (value: JsonValue) => string,
): string {
  const { keys, heads } = memberOrder(Object.keys(object));
  if (keys.length === 0) return '{}';
  let out = '';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    out += heads[i];
    out += seenText(byKey?.get(key) ?? others, object[key]!, whole);
  }
  return `${out}}`;
}

function arrayText(
  tree: ResolvedTree,
  array: readonly JsonValue[],
  whole: (value: JsonValue) => string,
): string {
  const { byKey, elements, others } = tree;
  if (others === undefined) {
    if (byKey === undefined) return tree.reads === 0 ? 'null' : '[]';
    return namedElements(elements, array, whole);
  }
  let out = '[';
  for (let i = 0; i < array.length; i++) {
    if (i > 0) out += ',';
    out += seenText(byKey?.get(String(i)) ?? others, array[i]!, whole);
  }
  return `${out}]`;
}

/** Up to the last one that is there, with `null` in the place of those between. */
function namedElements(
  elements: ResolvedTree['elements'],
  array: readonly JsonValue[],
  whole: (value: JsonValue) => string,
): string {
  let out = '';
  let length = 0;
  for (const { index, tree } of elements) {
    if (index >= array.length) break;
    if (length > 0) out += ',';
    out += 'null,'.repeat(index - length);
    out += seenText(tree, array[index]!, whole);
    length = index + 1;
  }
  return `[${out}]`;
}
