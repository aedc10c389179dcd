/**
 * Projectors in the forms that ADR 0014 decided against, for measuring: closures, and a function that is generated. Both only for
 * trees that name members of objects; anything else is left to the form that is used.
 */

import { canonicalJson } from '../src/json/canonical.ts';
import { canonicalString } from '../src/json/canonical-string.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../src/json/value.ts';
import { FULL, KEYS, type ReadTree, SCALAR } from '../src/policy/plan/footprint.ts';
import { resolveTree } from '../src/policy/projection/resolve-tree.ts';
import { seenText } from '../src/policy/projection/seen-text.ts';

type ToText = (value: JsonValue) => string;

const asUsed = (tree: ReadTree): ToText => {
  const resolved = resolveTree(tree);
  return (value) => seenText(resolved, value);
};
const namesMembers = ({ reads, children, each }: ReadTree): boolean =>
  (reads & (FULL | KEYS)) === 0 && each === undefined && children !== undefined;
const heads = ({ children }: ReadTree): { key: string; head: string; child: ReadTree }[] =>
  [...children!.keys()]
    .sort()
    .map((key) => ({ key, head: `${canonicalString(key)}:`, child: children!.get(key)! }));

/** One closure a node. */
export function closures(tree: ReadTree): ToText {
  const other = asUsed(tree);
  if ((tree.reads & FULL) !== 0) return canonicalJson;
  if (!namesMembers(tree)) return tree.reads === SCALAR ? scalar(other) : other;
  const members = heads(tree).map(({ key, head, child }) => ({ key, head, text: closures(child) }));
  return (value) => {
    if (!isJsonObject(value)) return other(value);
    let out = '';
    for (const { key, head, text } of members) {
      const member = value[key];
      if (member === undefined) continue;
      if (out !== '') out += ',';
      out += head;
      out += text(member);
    }
    return `{${out}}`;
  };
}

const scalar =
  (other: ToText): ToText =>
  (value) =>
    typeof value === 'string' ? canonicalString(value) : other(value);

/** One function a tree, as source text. */
export function generated(tree: ReadTree): ToText {
  const others: ToText[] = [];
  let variables = 0;
  const statement = (node: ReadTree, value: string): string => {
    const other = `out += others[${others.push((node.reads & FULL) !== 0 ? canonicalJson : asUsed(node)) - 1}](${value});`;
    if (!namesMembers(node)) {
      return node.reads === SCALAR
        ? `if (typeof ${value} === 'string') out += text(${value}); else ${other}`
        : other;
    }
    const first = `first${++variables}`;
    const members = heads(node).map(({ key, head, child }) => {
      const member = `value${++variables}`;
      const before = `out += ${first} ? ${JSON.stringify(head)} : ${JSON.stringify(`,${head}`)}; ${first} = false;`;
      const inner = statement(child, member);
      return `const ${member} = ${value}[${JSON.stringify(key)}]; if (${member} !== undefined) { ${before} ${inner} }`;
    });
    return `if (!isObject(${value})) { ${other} } else { let ${first} = true; out += '{'; ${members.join(' ')} out += '}'; }`;
  };
  const body = `return (value) => { let out = ''; ${statement(tree, 'value')} return out; }`;
  // oxlint-disable-next-line typescript/no-implied-eval -- what is measured
  const make = new Function('others', 'text', 'isObject', body) as (
    others: readonly ToText[],
    text: (value: string) => string,
    isObject: (value: unknown) => value is JsonObject,
  ) => ToText;
  return make(others, canonicalString, isJsonObject);
}
