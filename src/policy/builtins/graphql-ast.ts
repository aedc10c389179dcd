import type { Definition, DirectiveDefinition, FieldDefinition } from './graphql-schema-ast.ts';

/**
 * The syntax tree of vektah/gqlparser v2, which is what OPA's `graphql.*` give: nodes have gqlparser's members under
 * gqlparser's names, because the results show them. Where gqlparser has no list, ours is empty: results show neither.
 * Members behind `|undefined` or `?` are pointers that may be nil; `Position` is an offset into the text and never shown.
 */
export interface Positioned {
  readonly Position?: number | undefined;
}

export interface CommentGroup {
  readonly List: readonly { readonly Value: string }[];
}

export interface Commented extends Positioned {
  readonly Comment?: CommentGroup | undefined;
}

export interface QueryDocument {
  readonly Operations: readonly OperationDefinition[];
  readonly Fragments: readonly FragmentDefinition[];
}

export interface OperationDefinition extends Commented {
  readonly Operation: string;
  readonly Name: string;
  readonly VariableDefinitions: readonly VariableDefinition[];
  readonly Directives: readonly Directive[];
  readonly SelectionSet: SelectionSet;
}

export interface VariableDefinition extends Commented {
  readonly Variable: string;
  readonly Type: Type;
  readonly DefaultValue?: Value | undefined;
  readonly Directives: readonly Directive[];
  /** Set by validation. */
  Definition?: Definition | undefined;
  Used: boolean;
}

export type SelectionSet = readonly Selection[];

export type Selection = Field | FragmentSpread | InlineFragment;

export interface Field extends Commented {
  readonly Alias: string;
  readonly Name: string;
  readonly Arguments: readonly Argument[];
  readonly Directives: readonly Directive[];
  readonly SelectionSet: SelectionSet;
  /** Set by validation. */
  Definition?: FieldDefinition | undefined;
  ObjectDefinition?: Definition | undefined;
}

export interface FragmentSpread extends Commented {
  readonly Name: string;
  readonly Directives: readonly Directive[];
  /** Set by validation. */
  Definition?: FragmentDefinition | undefined;
  ObjectDefinition?: Definition | undefined;
}

export interface InlineFragment extends Commented {
  readonly TypeCondition: string;
  readonly Directives: readonly Directive[];
  readonly SelectionSet: SelectionSet;
  /** Set by validation. */
  ObjectDefinition?: Definition | undefined;
}

export interface FragmentDefinition extends Commented {
  readonly Name: string;
  readonly VariableDefinition: readonly VariableDefinition[];
  readonly TypeCondition: string;
  readonly Directives: readonly Directive[];
  readonly SelectionSet: SelectionSet;
  /** Set by validation. */
  Definition?: Definition | undefined;
}

export interface Argument extends Commented {
  readonly Name: string;
  readonly Value: Value;
}

export interface Directive extends Positioned {
  readonly Name: string;
  readonly Arguments: readonly Argument[];
  /** Set by validation. */
  Definition?: DirectiveDefinition | undefined;
  Location: string;
}

/** gqlparser's numbers of the kinds of values. */
export const VALUE = {
  variable: 0,
  int: 1,
  float: 2,
  string: 3,
  block: 4,
  boolean: 5,
  null: 6,
  enum: 7,
  list: 8,
  object: 9,
} as const;

export interface Value extends Commented {
  readonly Raw: string;
  readonly Children: readonly ChildValue[];
  readonly Kind: number;
  /** Set by validation. */
  Definition?: Definition | undefined;
  VariableDefinition?: VariableDefinition | undefined;
  ExpectedType?: Type | undefined;
  ExpectedTypeHasDefault: boolean;
}

export interface ChildValue extends Commented {
  readonly Name: string;
  readonly Value: Value;
}

export interface Type extends Positioned {
  readonly NamedType: string;
  readonly Elem?: Type | undefined;
  readonly NonNull: boolean;
}

/** The type below all lists. */
export function typeName(type: Type): string {
  let named = type;
  while (named.NamedType === '') named = named.Elem!;
  return named.NamedType;
}

/** As GraphQL writes it. */
export function typeText(type: Type): string {
  const text = type.NamedType === '' ? `[${typeText(type.Elem!)}]` : type.NamedType;
  return type.NonNull ? `${text}!` : text;
}
