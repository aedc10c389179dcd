import { ExactNumber, type RegoObject, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { sortedElements } from './compare.ts';
import type { QueryDocument } from './graphql-ast.ts';
import { GraphqlBudget, GraphqlError } from './graphql-error.ts';
import type { SchemaDocument } from './graphql-schema-ast.ts';
import { foldName, SHAPES } from './graphql-shapes.ts';
import { numberText } from './numbers.ts';

/**
 * Syntax trees from objects, as OPA reads them: through encoding/json into gqlparser's structs. What a struct does not
 * know is ignored, what is missing is zero. Of selections, nearly everything is read as a field: fragments that
 * `graphql.parse_query` gave do not come back as fragments.
 */

/** Go's int. */
const MAX_INT = 2n ** 63n;

/** Reading one struct takes the time of this many steps of validation. */
const STRUCT_STEPS = 10;

type Node = Record<string, unknown>;

/** @throws GraphqlError where OPA errs; BuiltinError beyond a limit. */
export function objectToQuery(object: RegoObject): QueryDocument {
  return decodeStruct('QueryDocument', object, new GraphqlBudget()) as unknown as QueryDocument;
}

/** @throws GraphqlError where OPA errs; BuiltinError beyond a limit. */
export function objectToSchema(object: RegoObject): SchemaDocument {
  return decodeStruct('SchemaDocument', object, new GraphqlBudget()) as unknown as SchemaDocument;
}

function decodeStruct(name: string, object: RegoObject, budget: GraphqlBudget): Node {
  const { members, lookup, exact } = SHAPES.get(name)!;
  const given = new Map<string, RegoValue>();
  for (const [key, value] of object) {
    const member = typeof key === 'string' ? lookup.get(exact ? key : foldName(key)) : undefined;
    if (member === undefined) continue;
    // Go lets two that differ in case overwrite each other in part.
    if (given.has(member)) throw new BuiltinError(`a GraphQL object with two members ${member}`);
    given.set(member, value);
  }
  budget.spend(STRUCT_STEPS + object.size);
  budget.enter();
  try {
    const node: Node = {};
    for (const [member, type] of members) node[member] = decode(type, given.get(member), budget);
    return node;
  } finally {
    budget.leave();
  }
}

/** `null` and what is missing leave Go's zero value. */
function decode(type: string, value: RegoValue | undefined, budget: GraphqlBudget): unknown {
  if (type === 'Selections') return decodeSelections(list(value), budget);
  if (type.startsWith('[]')) {
    const items: unknown[] = [];
    for (const item of list(value)) items.push(decode(type.slice(2), item, budget));
    return items;
  }
  const missing = value === undefined || value === null;
  if (type === 'string') return missing ? '' : expectType(typeof value === 'string', value);
  if (type === 'bool') return missing ? false : expectType(typeof value === 'boolean', value);
  if (type === 'int') return missing ? 0 : Number(expectType(isInt(value), value));
  if (missing) return undefined;
  if (value instanceof Map) return decodeStruct(type, value, budget);
  throw new GraphqlError(`the object has a member that is no ${type}`);
}

function expectType(holds: boolean, value: RegoValue): RegoValue {
  if (holds) return value instanceof ExactNumber ? numberText(value) : value;
  throw new GraphqlError('the object has a member of another type');
}

function isInt(value: RegoValue): boolean {
  if (typeof value !== 'number' && !(value instanceof ExactNumber)) return false;
  const text = numberText(value);
  if (!/^-?\d{1,19}$/.test(text)) return false;
  return BigInt(text) < MAX_INT && BigInt(text) >= -MAX_INT;
}

function list(value: RegoValue | undefined): readonly RegoValue[] {
  if (value === undefined || value === null) return [];
  // Sets are written as arrays.
  if (value instanceof Set) return sortedElements(value);
  if (Array.isArray(value)) return value;
  throw new GraphqlError('the object has a member that is no list');
}

/** What fits a field is one, null as well; what fits nothing is left out. */
function decodeSelections(items: readonly RegoValue[], budget: GraphqlBudget): unknown[] {
  const nodes: unknown[] = [];
  for (const item of items) {
    const object = item ?? new Map();
    const node = object instanceof Map ? decodeSelection(object, budget) : undefined;
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

function decodeSelection(object: RegoObject, budget: GraphqlBudget): Node | undefined {
  for (const name of ['Field', 'FragmentSpread', 'InlineFragment']) {
    try {
      return decodeStruct(name, object, budget);
    } catch (error) {
      if (!(error instanceof GraphqlError)) throw error;
    }
  }
  return undefined;
}
