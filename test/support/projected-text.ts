import { canonicalJson } from '../../src/json/canonical.ts';
import { canonicalString, sortUtf8 } from '../../src/json/canonical-string.ts';
import type { JsonObject, JsonValue } from '../../src/json/value.ts';
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../../src/policy/plan/footprint.ts';

/**
 * What a tree lets through of a document, as canonical JSON: the plain reading of what ReadTree says, which projectors are compared with. What cannot be seen
 * is left out, or stands as `null` where it must be there: `null` for what is only there, `""`, `0`, `[]` and `{}` for what is
 * only known by its type.
 */
export function projectedText(tree: ReadTree, value: JsonValue): string {
  if ((tree.reads & FULL) !== 0) return canonicalJson(value);
  if (Array.isArray(value)) return arrayText(tree, value);
  if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value)) return objectText(tree, value);
  if ((tree.reads & SCALAR) !== 0) return canonicalJson(value);
  if ((tree.reads & COMPARED) !== 0) return comparedText(value);
  if ((tree.reads & TYPE) === 0) return 'null';
  if (value === null || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? '""' : '0';
}

function objectText(tree: ReadTree, object: JsonObject): string {
  const { reads, children, each } = tree;
  const all = each !== undefined || (reads & KEYS) !== 0;
  if (!all && (children?.size ?? 0) === 0) return reads === 0 ? 'null' : '{}';
  const shown = sortUtf8(Object.keys(object).filter((key) => all || children!.has(key)));
  const members = shown.map((key) => {
    const text = projectedText(joined(children?.get(key), each), object[key] as JsonValue);
    return `${canonicalString(key)}:${text}`;
  });
  return `{${members.join(',')}}`;
}

function arrayText(tree: ReadTree, array: readonly JsonValue[]): string {
  const { reads, children, each } = tree;
  const all = each !== undefined || (reads & KEYS) !== 0;
  if (!all && (children?.size ?? 0) === 0) return reads === 0 ? 'null' : '[]';
  const elements = array.map((element, index) => {
    const child = children?.get(String(index));
    return all || child !== undefined ? projectedText(joined(child, each), element) : undefined;
  });
  const end = elements.findLastIndex((element) => element !== undefined) + 1;
  return `[${elements
    .slice(0, end)
    .map((element) => element ?? 'null')
    .join(',')}]`;
}

const ONLY_THERE: ReadTree = { reads: 0 };

/** What both let through. */
function joined(a: ReadTree | undefined, b: ReadTree | undefined): ReadTree {
  if (a === undefined || b === undefined) return a ?? b ?? ONLY_THERE;
  const children = new Map(a.children);
  for (const [key, child] of b.children ?? []) children.set(key, joined(children.get(key), child));
  const each = a.each === undefined && b.each === undefined ? undefined : joined(a.each, b.each);
  return {
    reads: a.reads | b.reads,
    ...(children.size > 0 && { children }),
    ...(each !== undefined && { each }),
  };
}

/** Integers up to 2^53 by their value, however they are written; other numbers by their text. */
function comparedText(value: JsonValue): string {
  if (!JSON.isRawJSON(value)) return canonicalJson(value);
  const [, sign, whole, fraction = '', exponent = '0'] = PARTS.exec(value.rawJSON)!;
  const digits = (whole! + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  if (power < 0 || power > 16) return value.rawJSON;
  const integer = BigInt(sign! + significant) * 10n ** BigInt(power);
  return integer >= -MAX_INTEGER && integer <= MAX_INTEGER ? String(integer) : value.rawJSON;
}

const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const MAX_INTEGER = BigInt(Number.MAX_SAFE_INTEGER);
