import type { Definition } from './graphql-schema-ast.ts';

/** Kinds of types, as gqlparser's ast/definition.go groups them. */

export function isInputType({ Kind }: Definition): boolean {
  return Kind === 'SCALAR' || Kind === 'ENUM' || Kind === 'INPUT_OBJECT';
}

export function isCompositeType({ Kind }: Definition): boolean {
  return Kind === 'OBJECT' || Kind === 'INTERFACE' || Kind === 'UNION';
}

export function isLeafType({ Kind }: Definition): boolean {
  return Kind === 'SCALAR' || Kind === 'ENUM';
}
