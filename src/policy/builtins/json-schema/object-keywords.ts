import type { JsonShape } from '../json-shape.ts';
import { inside, type Outcome, type Path } from './outcome.ts';
import { SchemaPattern } from './pattern.ts';
import { arrayKeyword, isSchema, sizeKeyword } from './read-keyword.ts';
import type { JsonObject, Schema, SchemaCompiler } from './schema.ts';
import { invalidType, SchemaError } from './schema-error.ts';
import { outcomeOf, validate } from './validate.ts';

/** `properties`, `additionalProperties`, `patternProperties` and `propertyNames`. Throws SchemaError. */
export function propertyKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const named = properties(node, schema, compiler);
  const others = additionalProperties(node, schema, compiler);
  const patterns = patternProperties(node, schema, compiler);
  const names = propertyNames(node, schema, compiler);
  if (named.size > 0) schema.object.push((value, at, outcome) => eachNamed(named, value, at, outcome));
  if (patterns.length > 0 || others === false || typeof others === 'object') {
    schema.object.push((value, at, outcome) => {
      for (const [key, member] of value) {
        const matched = byPatterns(patterns, key, member, at, outcome);
        if (matched || named.has(key)) continue;
        if (typeof others === 'object') validate(others, member, inside(at, key), outcome);
        else if (others === false) {
          const message = `Additional property ${key} is not allowed`;
          outcome.add('additional_property_not_allowed', at, message);
        }
      }
    });
  }
  if (names !== undefined) schema.object.push((value, at, outcome) => eachName(names, value, at, outcome));
}

function properties(node: JsonObject, schema: Schema, compiler: SchemaCompiler): Map<string, Schema> {
  const value = node.get('properties');
  if (value === undefined) return new Map();
  if (!(value instanceof Map)) throw new SchemaError('Properties must be of type object');
  return new Map(Array.from(value, ([name, child]) => [name, compiler.child(child, schema)]));
}

function additionalProperties(
  node: JsonObject,
  schema: Schema,
  compiler: SchemaCompiler,
): boolean | Schema | undefined {
  const value = node.get('additionalProperties');
  if (value === undefined || typeof value === 'boolean') return value;
  if (value instanceof Map) return compiler.child(value, schema);
  throw invalidType('boolean/Valid Schema', 'additionalProperties');
}

type PatternSchemas = readonly (readonly [SchemaPattern, Schema])[];

function patternProperties(node: JsonObject, schema: Schema, compiler: SchemaCompiler): PatternSchemas {
  const value = node.get('patternProperties');
  if (value === undefined) return [];
  if (!(value instanceof Map)) throw invalidType('Valid Schema', 'patternProperties');
  return Array.from(value, ([text, child]) => {
    const pattern = SchemaPattern.compile(text, compiler);
    if (pattern === undefined) throw new SchemaError(`Invalid regex pattern '${text}'`);
    return [pattern, compiler.child(child, schema)];
  });
}

function propertyNames(node: JsonObject, schema: Schema, compiler: SchemaCompiler): Schema | undefined {
  const value = node.get('propertyNames');
  if (value === undefined || schema.draft < 6) return undefined;
  if (isSchema(value)) return compiler.child(value, schema);
  // OPA names the wrong keyword.
  throw invalidType('Valid Schema', 'patternProperties');
}

function eachNamed(named: ReadonlyMap<string, Schema>, value: JsonObject, at: Path, outcome: Outcome): void {
  outcome.run.work.spend(named.size / 16);
  for (const [name, child] of named) {
    const member = value.get(name);
    if (member !== undefined) validate(child, member, inside(at, name), outcome);
  }
}

/** Whether a pattern describes the property; all that do must accept the value. */
function byPatterns(
  patterns: PatternSchemas,
  key: string,
  member: JsonShape,
  at: Path,
  outcome: Outcome,
): boolean {
  let matched = false;
  for (const [pattern, child] of patterns) {
    if (!pattern.matches(key, outcome.run)) continue;
    matched = true;
    validate(child, member, inside(at, key), outcome);
  }
  if (matched) outcome.score++;
  return matched;
}

function eachName(names: Schema, value: JsonObject, at: Path, outcome: Outcome): void {
  for (const key of value.keys()) {
    const one = outcomeOf(names, key, at, outcome);
    if (one.valid) continue;
    outcome.add('invalid_property_name', at, `Property name of "${key}" does not match`);
    outcome.merge(one);
  }
}

/** `minProperties`, `maxProperties` and `required`. Throws SchemaError. */
export function objectKeywords(node: JsonObject, schema: Schema): void {
  const least = sizeKeyword(node, 'minProperties');
  const most = sizeKeyword(node, 'maxProperties');
  if (least !== undefined && most !== undefined && least > most) {
    throw new SchemaError('minProperties cannot be greater than maxProperties');
  }
  const required = new Set<string>();
  for (const name of arrayKeyword(node, 'required') ?? []) {
    if (typeof name !== 'string') throw invalidType('string', 'required');
    if (required.has(name)) throw new SchemaError('required items must be unique');
    required.add(name);
  }
  schema.object.push((value, at, outcome) => {
    if (least !== undefined && value.size < least) {
      outcome.add('array_min_properties', at, `Must have at least ${least} properties`);
    }
    if (most !== undefined && value.size > most) {
      outcome.add('array_max_properties', at, `Must have at most ${most} properties`);
    }
    outcome.run.work.spend(required.size / 16);
    for (const name of required) {
      if (value.has(name)) outcome.score++;
      else outcome.add('required', at, `${name} is required`);
    }
  });
}
