import type { Commented, CommentGroup, Directive, Positioned, Type, Value } from './graphql-ast.ts';

/** The syntax tree of schemas, as graphql-ast.ts says. */
export interface Described extends Positioned {
  readonly Description: string;
  readonly BeforeDescriptionComment?: CommentGroup | undefined;
  readonly AfterDescriptionComment?: CommentGroup | undefined;
}

export interface SchemaDocument {
  readonly Schema: readonly SchemaDefinition[];
  readonly SchemaExtension: readonly SchemaDefinition[];
  readonly Directives: readonly DirectiveDefinition[];
  readonly Definitions: readonly Definition[];
  readonly Extensions: readonly Definition[];
  readonly Comment?: CommentGroup | undefined;
}

export interface SchemaDefinition extends Described {
  readonly Directives: readonly Directive[];
  readonly OperationTypes: readonly OperationTypeDefinition[];
  readonly EndOfDefinitionComment?: CommentGroup | undefined;
}

export interface OperationTypeDefinition extends Commented {
  readonly Operation: string;
  readonly Type: string;
}

/** A type, or an extension of one. `Kind` is SCALAR, OBJECT, INTERFACE, UNION, ENUM or INPUT_OBJECT. */
export interface Definition extends Described {
  readonly Kind: string;
  readonly Name: string;
  readonly Directives: readonly Directive[];
  readonly Interfaces: readonly string[];
  readonly Fields: readonly FieldDefinition[];
  readonly Types: readonly string[];
  readonly EnumValues: readonly EnumValueDefinition[];
  readonly BuiltIn: boolean;
  readonly EndOfDefinitionComment?: CommentGroup | undefined;
}

export interface FieldDefinition extends Described {
  readonly Name: string;
  readonly Arguments: readonly ArgumentDefinition[];
  readonly DefaultValue?: Value | undefined;
  readonly Type: Type;
  readonly Directives: readonly Directive[];
}

export interface ArgumentDefinition extends Described {
  readonly Name: string;
  readonly DefaultValue?: Value | undefined;
  readonly Type: Type;
  readonly Directives: readonly Directive[];
}

export interface EnumValueDefinition extends Described {
  readonly Name: string;
  readonly Directives: readonly Directive[];
}

export interface DirectiveDefinition extends Described {
  readonly Name: string;
  readonly Arguments: readonly ArgumentDefinition[];
  readonly Locations: readonly string[];
  readonly IsRepeatable: boolean;
}
