import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { goJson, goJsonString, type JsonShape, jsonShape, sortedMembers } from './json-shape.ts';
import { objectOperand } from './operands.ts';
import { regoText } from './rego-text.ts';

/** `json.marshal_with_options` (v1/topdown/encoding.go, Go's `json.MarshalIndent`). */
export const jsonMarshalBuiltins: readonly Builtin[] = [
  {
    name: 'json.marshal_with_options',
    effects: [],
    call: (_context, value, options) => marshal(jsonShape(value), readOptions(options)),
  },
];

/** Characters of the result: a long prefix or indent is written before each line. */
const MAX_LENGTH = 16 * 1024 * 1024;

interface Options {
  readonly pretty: boolean;
  readonly prefix: string;
  readonly indent: string;
}

function readOptions(value: RegoValue | undefined): Options {
  const given = objectOperand(value, 2);
  for (const key of given.keys()) {
    if (key !== 'pretty' && key !== 'prefix' && key !== 'indent') {
      throw new BuiltinError(`operand 2 object contained unknown key ${regoText(key)}`);
    }
  }
  const {
    prefix = '',
    indent = '\t',
    pretty = given.has('prefix') || given.has('indent'),
  } = Object.fromEntries(given as Map<string, RegoValue>);
  if (typeof prefix !== 'string') throw new BuiltinError('operand 2 key prefix failed cast to string');
  if (typeof indent !== 'string') throw new BuiltinError('operand 2 key indent failed cast to string');
  if (typeof pretty !== 'boolean') throw new BuiltinError('operand 2 key pretty failed cast to bool');
  return { pretty, prefix, indent };
}

function marshal(value: JsonShape, { pretty, prefix, indent }: Options): string {
  if (!pretty) return goJson(value);
  let left = MAX_LENGTH;
  const bounded = (text: string): string => {
    left -= text.length;
    if (left < 0) throw new BuiltinError(`the result is longer than ${MAX_LENGTH} characters`);
    return text;
  };
  const line = (depth: number): string => {
    if (indent.length * depth > MAX_LENGTH) bounded(prefix.padEnd(MAX_LENGTH + 1));
    return bounded(`\n${prefix}${indent.repeat(depth)}`);
  };
  const write = (node: JsonShape, depth: number): string => {
    const isArray = Array.isArray(node);
    if (!isArray && !(node instanceof Map)) return bounded(goJson(node));
    if ((isArray ? node.length : node.size) === 0) return isArray ? '[]' : '{}';
    const members = isArray
      ? node.map((element) => `${line(depth + 1)}${write(element, depth + 1)}`)
      : sortedMembers(node).map(
          ([key, member]) => `${line(depth + 1)}${bounded(goJsonString(key))}: ${write(member, depth + 1)}`,
        );
    return `${isArray ? '[' : '{'}${members.join()}${line(depth)}${isArray ? ']' : '}'}`;
  };
  // Go does not write the prefix before the first line; OPA adds it.
  return bounded(prefix) + write(value, 0);
}
