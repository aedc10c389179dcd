import type { RegoNumber } from '../../value.ts';
import type { JsonShape } from '../json-shape.ts';
import type { Draft } from './drafts.ts';
import type { Outcome, Path } from './outcome.ts';
import type { Reference } from './reference.ts';

export type JsonObject = ReadonlyMap<string, JsonShape>;

/** Looks at a value of the type it is for, and adds to the outcome what is wrong with it. */
export type Check<Value> = (value: Value, at: Path, outcome: Outcome) => void;

/** A compiled schema: for each type of value the checks that its keywords ask for. */
export interface Schema {
  draft: Draft;
  /** What identifiers inside are relative to. */
  id: Reference;
  /** Of the schemas `true` and `false`. */
  passes: boolean | undefined;
  /** Stands for this schema: beside a `$ref` no keyword counts. */
  target: Schema | undefined;
  /** Empty for any. */
  readonly types: string[];
  readonly anything: Check<JsonShape>[];
  readonly number: Check<RegoNumber>[];
  readonly string: Check<string>[];
  readonly array: Check<readonly JsonShape[]>[];
  readonly object: Check<JsonObject>[];
}

export function emptySchema(draft: Draft, id: Reference): Schema {
  return {
    draft,
    id,
    passes: undefined,
    target: undefined,
    types: [],
    anything: [],
    number: [],
    string: [],
    array: [],
    object: [],
  };
}

/** What the families of keywords need of the compiler. */
export interface SchemaCompiler {
  /** Compiles a schema inside another one. Throws SchemaError. */
  child(node: JsonShape, parent: Schema): Schema;
  /** Counts work beyond the node itself. Throws BuiltinError. */
  spend(units: number): void;
}

/** Reads some keywords of a schema's text into its compiled form. Throws SchemaError. */
export type Keywords = (node: JsonObject, schema: Schema, compiler: SchemaCompiler) => void;
