import { BuiltinError } from './builtin.ts';
import { compareYamlKeys } from './yaml-key-order.ts';
import {
  doubleQuoted,
  isMultiline,
  literal,
  type ScalarStyle,
  scalarStyle,
  singleQuoted,
} from './yaml-scalar-style.ts';
import { isYamlTime } from './yaml-time.ts';

/** What go-yaml writes: `plain` is a scalar's text that needs no quotes, since it is no string. */
export type YamlNode =
  | string
  | { readonly plain: string }
  | readonly YamlNode[]
  | ReadonlyMap<string, YamlNode>;

/** Characters of the result: each level of nesting indents every line below it. */
const MAX_LENGTH = 16 * 1024 * 1024;

const ENDED = /[\n\u2028\u2029]/;

/** A longer key stands behind a `?`, counted in bytes. */
const MAX_SIMPLE_KEY_BYTES = 128;

/** The document as go-yaml v3 writes it with an indentation of two spaces, keys in its natural order. */
export function emitYaml(root: YamlNode): string {
  return new Emitter().document(root);
}

class Emitter {
  #left = MAX_LENGTH;

  document(root: YamlNode): string {
    // The text of a block scalar stands indented, also where nothing is around it.
    const text = isCollection(root) ? joined(this.#lines(root, 0)) : this.#scalar(root, 2, false);
    return joined([text, '']);
  }

  #lines(node: YamlNode, indent: number): string[] {
    if (node instanceof Map) {
      return [...(node as ReadonlyMap<string, YamlNode>)]
        .sort(([left], [right]) => compareYamlKeys(left, right))
        .map(([key, value]) => this.#pair(key, value, indent));
    }
    return (node as readonly YamlNode[]).map((item) =>
      this.#bounded(`${pad(indent)}-${this.#compact(item, indent + 2)}`),
    );
  }

  #pair(key: string, value: YamlNode, indent: number): string {
    const isSimple = !isMultiline(key) && Buffer.byteLength(key) <= MAX_SIMPLE_KEY_BYTES;
    const name = this.#scalar(key, indent + 2, isSimple);
    if (!isSimple) {
      const behind = this.#compact(value, indent + 2);
      return this.#bounded(joined([`${pad(indent)}? ${name}`, `${pad(indent)}:${behind}`]));
    }
    const inner = isCollection(value)
      ? `\n${joined(this.#lines(value, indent + 2))}`
      : ` ${this.#scalar(value, indent + 2, false)}`;
    return this.#bounded(`${pad(indent)}${name}:${inner}`);
  }

  /** What stands behind `-`, `?` or `:`: the first line of a collection follows on the same line. */
  #compact(node: YamlNode, indent: number): string {
    if (!isCollection(node)) return ` ${this.#scalar(node, indent, false)}`;
    return ` ${joined(this.#lines(node, indent)).slice(indent)}`;
  }

  #scalar(node: YamlNode, indent: number, isKey: boolean): string {
    if (typeof node !== 'string') {
      if ('plain' in node) return node.plain;
      return Array.isArray(node) ? '[]' : '{}';
    }
    const style = keyStyle(scalarStyle(node, isYamlTime), isKey);
    switch (style) {
      case 'plain':
        return this.#bounded(node);
      case 'single':
        return this.#bounded(singleQuoted(node, pad(indent)));
      case 'literal':
        return this.#bounded(literal(node, pad(indent)));
      case 'double':
      default:
        return this.#bounded(doubleQuoted(node));
    }
  }

  #bounded(text: string): string {
    this.#left -= text.length;
    if (this.#left < 0) throw new BuiltinError('the YAML is too long');
    return text;
  }
}

function keyStyle(style: ScalarStyle, isKey: boolean): ScalarStyle {
  return isKey && style === 'literal' ? 'double' : style;
}

/** Collections with nothing in them are written as scalars. */
function isCollection(node: YamlNode): boolean {
  return (Array.isArray(node) && node.length > 0) || (node instanceof Map && node.size > 0);
}

/** A block scalar ends its last line itself. */
function joined(lines: readonly string[]): string {
  const isEnded = (line: string): boolean => ENDED.test(line.slice(-1));
  return lines.map((line, i) => (i === 0 || isEnded(lines[i - 1]!) ? line : `\n${line}`)).join('');
}

function pad(indent: number): string {
  return ' '.repeat(indent);
}
