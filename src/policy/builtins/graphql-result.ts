import type { RegoObject, RegoValue } from '../value.ts';
import type { QueryDocument } from './graphql-ast.ts';
import type { SchemaDocument } from './graphql-schema-ast.ts';

/**
 * A syntax tree as OPA gives it (pruneIrrelevantGraphQLASTNodes of v1/topdown/graphql.go): without positions, and without
 * what is nil or holds nothing. Empty texts, zeros and false stay. To be taken before validation, which adds to the tree.
 */
export function graphqlResult(document: QueryDocument | SchemaDocument): RegoObject {
  return pruned(document);
}

function pruned(node: object): RegoObject {
  const members: RegoObject = new Map();
  for (const [name, member] of Object.entries(node) as [string, unknown][]) {
    const value = name === 'Position' ? undefined : prunedMember(member);
    if (value !== undefined) members.set(name, value);
  }
  return members;
}

function prunedMember(member: unknown): RegoValue | undefined {
  if (member === undefined || typeof member !== 'object') return member as RegoValue | undefined;
  if (Array.isArray(member)) {
    const elements = member.map(prunedMember).filter((element) => element !== undefined);
    return elements.length === 0 ? undefined : elements;
  }
  if (member === null) return undefined;
  const members = pruned(member);
  return members.size === 0 ? undefined : members;
}
