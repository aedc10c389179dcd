import type { JsonShape } from '../json-shape.ts';
import type { Outcome } from './outcome.ts';
import { arrayKeyword, isSchema } from './read-keyword.ts';
import type { JsonObject, Schema, SchemaCompiler } from './schema.ts';
import { SchemaError } from './schema-error.ts';
import { outcomeOf, validate } from './validate.ts';

/** `oneOf`, `anyOf`, `allOf`, `not`, `if`, `then` and `else`. Throws SchemaError. */
export function branchKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const list = (keyword: string): Schema[] =>
    (arrayKeyword(node, keyword) ?? []).map((child) => compiler.child(child, schema));
  const one = (keyword: string): Schema | undefined => {
    const child = node.get(keyword);
    if (child === undefined) return undefined;
    if (!isSchema(child)) throw new SchemaError(`${keyword} must be of an object`);
    return compiler.child(child, schema);
  };
  oneOf(list('oneOf'), schema);
  anyOf(list('anyOf'), schema);
  allOf(list('allOf'), schema);
  const forbidden = one('not');
  if (forbidden !== undefined) not(forbidden, schema);
  if (schema.draft >= 7) condition(one('if'), one('then'), one('else'), schema);
}

function anyOf(branches: readonly Schema[], schema: Schema): void {
  if (branches.length === 0) return;
  schema.anything.push((value, at, outcome) => {
    let best: Outcome | undefined;
    for (const branch of branches) {
      const tried = outcomeOf(branch, value, at, outcome);
      if (tried.valid) return;
      if (best === undefined || tried.score > best.score) best = tried;
    }
    outcome.add('number_any_of', at, 'Must validate at least one schema (anyOf)');
    if (best !== undefined) outcome.merge(best);
  });
}

function oneOf(branches: readonly Schema[], schema: Schema): void {
  if (branches.length === 0) return;
  schema.anything.push((value, at, outcome) => {
    let best: Outcome | undefined;
    let valid = 0;
    for (const branch of branches) {
      const tried = outcomeOf(branch, value, at, outcome);
      if (tried.valid) valid++;
      else if (valid === 0 && (best === undefined || tried.score > best.score)) best = tried;
    }
    if (valid === 1) return;
    outcome.add('number_one_of', at, 'Must validate one and only one schema (oneOf)');
    if (valid === 0 && best !== undefined) outcome.merge(best);
  });
}

function allOf(branches: readonly Schema[], schema: Schema): void {
  if (branches.length === 0) return;
  schema.anything.push((value, at, outcome) => {
    const before = outcome.violations.length;
    for (const branch of branches) validate(branch, value, at, outcome);
    if (outcome.violations.length > before) {
      outcome.add('number_all_of', at, 'Must validate all the schemas (allOf)');
    }
  });
}

function not(forbidden: Schema, schema: Schema): void {
  schema.anything.push((value, at, outcome) => {
    if (outcomeOf(forbidden, value, at, outcome).valid) {
      outcome.add('number_not', at, 'Must not validate the schema (not)');
    }
  });
}

function condition(
  when: Schema | undefined,
  then: Schema | undefined,
  otherwise: Schema | undefined,
  schema: Schema,
): void {
  if (when === undefined) return;
  schema.anything.push((value, at, outcome) => {
    const holds = outcomeOf(when, value, at, outcome).valid;
    const branch = holds ? then : otherwise;
    if (branch === undefined) return;
    const tried = outcomeOf(branch, value, at, outcome);
    if (tried.valid) return;
    if (holds) outcome.add('condition_then', at, 'Must validate "then" as "if" was valid');
    else outcome.add('condition_else', at, 'Must validate "else" as "if" was not valid');
    outcome.merge(tried);
  });
}

/** What a property asks for: other properties, or a schema for the whole object. */
type Dependency = readonly string[] | Schema;

/** `dependencies`. Throws SchemaError. */
export function dependencyKeywords(node: JsonObject, schema: Schema, compiler: SchemaCompiler): void {
  const value = node.get('dependencies');
  if (value === undefined) return;
  if (!(value instanceof Map)) throw new SchemaError('dependencies must be of type object');
  const dependencies = new Map(
    Array.from(value, ([name, wanted]) => [name, dependency(wanted, schema, compiler)] as const),
  );
  schema.object.push((object, at, outcome) => {
    outcome.run.work.spend(dependencies.size / 16);
    for (const [name, wanted] of dependencies) {
      if (!object.has(name)) continue;
      if (!isNames(wanted)) validate(wanted, object as JsonShape, at, outcome);
      else {
        for (const other of wanted) {
          if (!object.has(other)) outcome.add('missing_dependency', at, `Has a dependency on ${other}`);
        }
      }
    }
  });
}

function isNames(dependency: Dependency): dependency is readonly string[] {
  return Array.isArray(dependency);
}

function dependency(wanted: JsonShape, schema: Schema, compiler: SchemaCompiler): Dependency {
  const isListOfNames = Array.isArray(wanted) && wanted.every((name) => typeof name === 'string');
  if (isListOfNames) return wanted;
  if (isSchema(wanted)) return compiler.child(wanted, schema);
  throw new SchemaError('Dependency must be of type Schema Or Array Of Strings');
}
