import { ExactNumber } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { goJson, type JsonShape } from '../json-shape.ts';
import { numberText } from '../numbers.ts';
import type { Run } from './outcome.ts';
import { arrayKeyword, isNumber } from './read-keyword.ts';
import type { JsonObject, Schema, SchemaCompiler } from './schema.ts';
import { SchemaError } from './schema-error.ts';

/** `const` and `enum`. Throws SchemaError. */
export function valueKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const spend = (units: number): void => compiler.spend(units);
  const only = node.get('const');
  if (only !== undefined && schema.draft >= 6) {
    const allowed = comparable(only, spend, refuse);
    schema.anything.push((value, at, outcome) => {
      if (comparableText(value, outcome.run) === allowed) return;
      outcome.add('const', at, (field) => `${field} does not match: ${allowed}`);
    });
  }
  const listed = arrayKeyword(node, 'enum');
  if (listed === undefined) return;
  const texts = new Set<string>();
  for (const value of listed) {
    const text = comparable(value, spend, refuse);
    if (texts.has(text)) throw new SchemaError('enum items must be unique');
    texts.add(text);
  }
  const allowed = [...texts].join(', ');
  schema.anything.push((value, at, outcome) => {
    if (texts.has(comparableText(value, outcome.run))) return;
    outcome.add('enum', at, (field) => `${field} must be one of the following: ${allowed}`);
  });
}

/** A text that equal values of a document share: JSON with numbers as doubles. */
export function comparableText(value: JsonShape, run: Run): string {
  return comparable(
    value,
    (units) => run.work.spend(units),
    (text) => {
      throw new BuiltinError(`the number ${text} is beyond a double`, { halt: true });
    },
  );
}

/** `beyond` is told a number that no double is near to: of a document such a one ends OPA's process. */
function comparable(
  value: JsonShape,
  spend: (units: number) => void,
  beyond: (text: string) => never,
): string {
  const rounded = (node: JsonShape): JsonShape => {
    spend(1);
    if (typeof node === 'string') spend(node.length / 16);
    if (isNumber(node)) return new ExactNumber(doubleText(numberText(node), beyond));
    if (Array.isArray(node)) return node.map(rounded);
    if (node instanceof Map) return new Map(Array.from(node, ([key, member]) => [key, rounded(member)]));
    return node;
  };
  return goJson(rounded(value));
}

/** The double as Go's encoder writes it, which differs from JavaScript's writing for -0 only. */
function doubleText(text: string, beyond: (text: string) => never): string {
  const double = Number(text);
  if (!Number.isFinite(double)) beyond(text);
  return Object.is(double, -0) ? '-0' : String(double);
}

function refuse(text: string): never {
  throw new SchemaError(`json: cannot unmarshal number ${text} into Go value of type float64`);
}
