import type { JsonShape } from '../json-shape.ts';
import { inside, type Outcome } from './outcome.ts';
import { isSchema, sizeKeyword } from './read-keyword.ts';
import type { JsonObject, Schema, SchemaCompiler } from './schema.ts';
import { invalidType, SchemaError } from './schema-error.ts';
import { outcomeOf, validate } from './validate.ts';
import { comparableText } from './value-keywords.ts';

const NOT_ITEMS = 'Valid Schema/Array Of Schemas';

/** `items` and `additionalItems`. Throws SchemaError. */
export function itemKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const items = node.get('items');
  const rest = (): boolean | Schema | undefined => additionalItems(node, schema, compiler);
  if (items !== undefined && !Array.isArray(items)) {
    if (!isSchema(items)) throw invalidType(NOT_ITEMS, 'items');
    const each = compiler.child(items, schema);
    rest();
    schema.array.push((values, at, outcome) => {
      for (const [i, value] of values.entries()) validate(each, value, inside(at, i), outcome);
    });
    return;
  }
  const first = (items ?? []).map((item) => {
    if (!isSchema(item)) throw invalidType(NOT_ITEMS, 'items');
    return compiler.child(item, schema);
  });
  const others = rest();
  if (first.length === 0) return;
  schema.array.push((values, at, outcome) => {
    for (const [i, value] of values.entries()) {
      const own = first[i] ?? others;
      if (typeof own === 'object') validate(own, value, inside(at, i), outcome);
    }
    if (others === false && values.length > first.length) {
      outcome.add('array_no_additional_items', at, 'No additional items allowed on array');
    }
  });
}

function additionalItems(
  node: JsonObject,
  schema: Schema,
  compiler: SchemaCompiler,
): boolean | Schema | undefined {
  const value = node.get('additionalItems');
  if (value === undefined || typeof value === 'boolean') return value;
  if (value instanceof Map) return compiler.child(value, schema);
  throw invalidType('boolean/Valid Schema', 'additionalItems');
}

/** `minItems`, `maxItems`, `uniqueItems` and `contains`. Throws SchemaError. */
export function arrayKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const least = sizeKeyword(node, 'minItems');
  const most = sizeKeyword(node, 'maxItems');
  schema.array.push((values, at, outcome) => {
    if (least !== undefined && values.length < least) {
      outcome.add('array_min_items', at, `Array must have at least ${least} items`);
    }
    if (most !== undefined && values.length > most) {
      outcome.add('array_max_items', at, `Array must have at most ${most} items`);
    }
  });
  const unique = node.get('uniqueItems');
  if (unique !== undefined && typeof unique !== 'boolean') {
    throw new SchemaError('uniqueItems must be of a boolean');
  }
  if (unique === true) schema.array.push(eachOnce);
  const contains = node.get('contains');
  if (contains !== undefined && schema.draft >= 6) containing(compiler.child(contains, schema), schema);
}

function eachOnce(
  values: readonly JsonShape[],
  at: Parameters<Schema['array'][number]>[1],
  outcome: Outcome,
): void {
  const last = new Map<string, number>();
  for (const [i, value] of values.entries()) {
    const text = comparableText(value, outcome.run);
    const before = last.get(text);
    if (before !== undefined) outcome.add('unique', at, `array items[${before},${i}] must be unique`);
    last.set(text, i);
  }
}

/** The errors that are told are those of the item that fits best. */
function containing(wanted: Schema, schema: Schema): void {
  schema.array.push((values, at, outcome) => {
    let best: Outcome | undefined;
    for (const [i, value] of values.entries()) {
      const one = outcomeOf(wanted, value, inside(at, i), outcome);
      if (one.valid) return;
      if (best === undefined || one.score > best.score) best = one;
    }
    outcome.add('contains', at, 'At least one of the items must match');
    if (best !== undefined) outcome.merge(best);
  });
}
