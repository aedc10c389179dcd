import { LRUCache } from 'lru-cache';
import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { compileSchema } from './json-schema/compile.ts';
import { fieldText, Outcome, ROOT } from './json-schema/outcome.ts';
import type { Schema } from './json-schema/schema.ts';
import { SchemaError } from './json-schema/schema-error.ts';
import { validate } from './json-schema/validate.ts';
import { goJson, type JsonShape, jsonShape } from './json-shape.ts';
import { parseJson } from './json-value.ts';
import { WorkBudget } from './work-budget.ts';

/**
 * JSON Schema as OPA's v1/topdown/jsonschema.go with an empty `allow_net`: no reference is ever fetched, so that a result depends on
 * the arguments only.
 */
export const jsonSchemaBuiltins: readonly Builtin[] = [
  { name: 'json.match_schema', effects: [], call: (_context, document, schema) => match(document, schema) },
  { name: 'json.verify_schema', effects: [], call: (_context, schema) => verify(schema) },
];

/** Nodes of a schema that are read, and nodes that are applied; looking at texts and telling errors counts as well. */
const MAX_STEPS = 2_000_000;
/** Characters times instructions of patterns, up to nine nanoseconds each. */
const MAX_PATTERN_WORK = 200_000_000;
const MAX_RESULT_LENGTH = 16 * 1024 * 1024;

/** Compiled schemas by their texts. A policy's own schemas stay in; those made from input pass through. */
const compiled = new LRUCache<string, Schema>({
  max: 64,
  maxSize: 1024 * 1024,
  sizeCalculation: (_schema, text) => text.length + 1,
});

function match(document: RegoValue | undefined, schema: RegoValue | undefined): RegoValue {
  try {
    const value = shapeOf(document);
    const root = compile(schema);
    // A budget of its own: what a call may do must not depend on whether its schema was met before.
    const patterns = new WorkBudget('the patterns of the schema take too much work', MAX_PATTERN_WORK);
    const outcome = new Outcome({ work: steps(), patterns, depth: 0 });
    validate(root, value, ROOT, outcome);
    return [outcome.valid, errorsOf(outcome)];
  } catch (error) {
    if (error instanceof SchemaError) throw new BuiltinError(error.message, { cause: error });
    throw withoutOverflow(error);
  }
}

function verify(schema: RegoValue | undefined): RegoValue {
  try {
    compile(schema);
    return [true, null];
  } catch (error) {
    if (error instanceof SchemaError) return [false, `jsonschema: ${error.message}`];
    throw withoutOverflow(error);
  }
}

function compile(schema: RegoValue | undefined): Schema {
  const shape = typeof schema === 'string' ? undefined : shapeOf(schema);
  const text = shape === undefined ? (schema as string) : goJson(shape);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const fresh = compileSchema(shape ?? shapeOf(schema), steps());
  compiled.set(text, fresh);
  return fresh;
}

/** The limits of depth keep within the stack, unless little of it is left where the builtin is called. */
function withoutOverflow(error: unknown): unknown {
  if (!(error instanceof RangeError && /call stack/.test(error.message))) return error;
  return new BuiltinError('the schema or the document is nested too deeply', { halt: true, cause: error });
}

function steps(): WorkBudget {
  return new WorkBudget(`the schema takes more than ${MAX_STEPS} steps`, MAX_STEPS);
}

/** A copy of what a document or schema is, or holds as text. Throws SchemaError where it is neither. */
function shapeOf(value: RegoValue | undefined): JsonShape {
  if (typeof value === 'string') return jsonShape(parsed(value));
  if (value instanceof Map || Array.isArray(value)) return jsonShape(value);
  throw new SchemaError('wrong type, expected string or object');
}

function parsed(text: string): RegoValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof BuiltinError && error.cause instanceof SyntaxError)) throw error;
    throw new SchemaError('invalid JSON string', { cause: error });
  }
}

function errorsOf({ violations }: Outcome): RegoValue[] {
  const length = new WorkBudget(
    `the errors are longer than ${MAX_RESULT_LENGTH} characters`,
    MAX_RESULT_LENGTH,
  );
  return violations.map(({ type, at, description }) => {
    const field = fieldText(at);
    const desc = description(field);
    length.spend(2 * (field.length + desc.length) + type.length);
    return new Map([
      ['desc', desc],
      ['error', `${field}: ${desc}`],
      ['field', field],
      ['type', type],
    ]);
  });
}
