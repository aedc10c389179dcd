import { ExactNumber } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import type { JsonShape } from '../json-shape.ts';
import { isInteger } from './exact-number.ts';
import { Outcome, type Path } from './outcome.ts';
import type { Check, JsonObject, Schema } from './schema.ts';

/** Schemas within each other while one value is looked at. */
const MAX_DEPTH = 1_000;

/**
 * Adds to the outcome what the schema has against the value. Throws BuiltinError; with `halt` where a schema leads back to
 * itself without going deeper into the document, which ends OPA's process.
 */
export function validate(schema: Schema, value: JsonShape, at: Path, outcome: Outcome): void {
  const { run } = outcome;
  if (++run.depth > MAX_DEPTH) {
    throw new BuiltinError(`schemas apply more than ${MAX_DEPTH} levels deep`, { halt: true });
  }
  check(resolved(schema), value, at, outcome);
  run.depth--;
}

/** The outcome of a schema by itself. */
export function outcomeOf(schema: Schema, value: JsonShape, at: Path, { run }: Outcome): Outcome {
  const outcome = new Outcome(run);
  validate(schema, value, at, outcome);
  return outcome;
}

/** The schema at the end of a row of references. */
function resolved(schema: Schema): Schema {
  let target = schema;
  for (let hops = 0; target.target !== undefined; hops++) {
    if (hops > MAX_DEPTH) throw new BuiltinError('a reference leads back to itself', { halt: true });
    target = target.target;
  }
  return target;
}

function check(schema: Schema, value: JsonShape, at: Path, outcome: Outcome): void {
  outcome.run.work.spend(1 + schema.anything.length);
  if (schema.passes !== undefined) {
    if (!schema.passes) outcome.add('false', at, 'False always fails validation');
    return;
  }
  if (!hasType(schema, value)) {
    const { types } = schema;
    const expected = types.length === 1 ? types[0]! : `[${types.join()}]`;
    const given = `Invalid type. Expected: ${expected}, given: ${typeOf(value)}`;
    outcome.add('invalid_type', at, given);
    return;
  }
  all(schema.anything, value, at, outcome);
  outcome.score += 3;
  if (value === null || typeof value === 'boolean') return;
  outcome.score += 1;
  if (typeof value === 'string') all(schema.string, value, at, outcome);
  else if (Array.isArray(value)) all(schema.array, value, at, outcome);
  else if (value instanceof Map) all<JsonObject>(schema.object, value, at, outcome);
  else all(schema.number, value, at, outcome);
}

function all<Value>(checks: readonly Check<Value>[], value: Value, at: Path, outcome: Outcome): void {
  for (const one of checks) one(value, at, outcome);
}

function hasType({ types }: Schema, value: JsonShape): boolean {
  if (types.length === 0) return true;
  const type = typeOf(value);
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

function typeOf(value: JsonShape): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  if (typeof value !== 'number' && !(value instanceof ExactNumber)) return typeof value;
  return isInteger(value) ? 'integer' : 'number';
}
