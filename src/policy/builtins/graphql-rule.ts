import type {
  Directive,
  Field,
  FragmentDefinition,
  FragmentSpread,
  InlineFragment,
  OperationDefinition,
  QueryDocument,
  Value,
  VariableDefinition,
} from './graphql-ast.ts';
import type { GraphqlBudget } from './graphql-error.ts';
import type { Schema } from './graphql-schema.ts';

/** What the rules of one validation share. */
export interface QueryContext {
  readonly schema: Schema;
  readonly document: QueryDocument;
  readonly budget: GraphqlBudget;
  /** The operation that is walked through; none within fragments on their own. */
  operation: OperationDefinition | undefined;
}

/** Called after what a node holds has been walked through. */
export interface QueryRule {
  operation?(node: OperationDefinition): void;
  variable?(node: VariableDefinition): void;
  field?(node: Field): void;
  fragment?(node: FragmentDefinition): void;
  inlineFragment?(node: InlineFragment): void;
  fragmentSpread?(node: FragmentSpread): void;
  directive?(node: Directive): void;
  directives?(nodes: readonly Directive[]): void;
  value?(node: Value): void;
}
