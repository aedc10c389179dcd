import {
  type Argument,
  type ChildValue,
  type Directive,
  type Field,
  type FragmentDefinition,
  type FragmentSpread,
  type InlineFragment,
  type OperationDefinition,
  type Selection,
  type SelectionSet,
  typeName,
  VALUE,
  type Value,
  type VariableDefinition,
} from './graphql-ast.ts';
import { named } from './graphql-named.ts';
import type { QueryContext, QueryRule } from './graphql-rule.ts';
import type { ArgumentDefinition, Definition, FieldDefinition } from './graphql-schema-ast.ts';

/**
 * Goes through a document as gqlparser's validator/core/walk.go does, and in its order: operations with the fragments
 * that they use, each once, then the fragments. Notes on the nodes what the schema says of them; the notes stay.
 */
export function walkQuery(context: QueryContext, rules: readonly QueryRule[]): void {
  const walker = new QueryWalker(context, rules);
  for (const operation of context.document.Operations) walker.operation(operation);
  for (const fragment of context.document.Fragments) walker.fragment(fragment);
}

const TYPENAME: FieldDefinition = {
  Description: '',
  Arguments: [],
  Directives: [],
  Name: '__typename',
  Type: { NamedType: 'String', NonNull: false },
};

class QueryWalker {
  readonly #context: QueryContext;
  readonly #rules: readonly QueryRule[];
  readonly #walkedFragments = new Set<string>();
  /** Of the operation, by name; of equal names the first. */
  #variables: ReadonlyMap<string, VariableDefinition> = new Map();

  constructor(context: QueryContext, rules: readonly QueryRule[]) {
    this.#context = context;
    this.#rules = rules;
  }

  operation(node: OperationDefinition): void {
    this.#walkedFragments.clear();
    this.#context.operation = node;
    this.#variables = new Map(
      node.VariableDefinitions.toReversed().map((variable) => [variable.Variable, variable]),
    );
    for (const variable of node.VariableDefinitions) {
      variable.Definition = this.#type(typeName(variable.Type));
      for (const rule of this.#rules) rule.variable?.(variable);
      const { DefaultValue: value, Type: type } = variable;
      if (value !== undefined) {
        value.ExpectedType = type;
        value.Definition = variable.Definition;
      }
    }
    for (const { DefaultValue: value, Directives: directives } of node.VariableDefinitions) {
      if (value !== undefined) this.#value(value);
      this.#directives(directives, 'VARIABLE_DEFINITION');
    }
    const operation = node.Operation === '' ? 'query' : node.Operation;
    this.#directives(node.Directives, operation.toUpperCase());
    this.#selectionSet(this.#context.schema.roots.get(operation), node.SelectionSet);
    for (const rule of this.#rules) rule.operation?.(node);
    this.#context.operation = undefined;
  }

  fragment(node: FragmentDefinition): void {
    this.#walkedFragments.clear();
    node.Definition = this.#type(node.TypeCondition);
    this.#directives(node.Directives, 'FRAGMENT_DEFINITION');
    this.#selectionSet(node.Definition, node.SelectionSet);
    for (const rule of this.#rules) rule.fragment?.(node);
  }

  #type(name: string): Definition | undefined {
    return this.#context.schema.types.get(name);
  }

  #selectionSet(parent: Definition | undefined, selections: SelectionSet): void {
    this.#context.budget.nested(() => {
      for (const selection of selections) this.#selection(parent, selection);
    });
  }

  #selection(parent: Definition | undefined, node: Selection): void {
    this.#context.budget.spend(1);
    node.ObjectDefinition = parent;
    if ('Alias' in node) this.#field(parent, node);
    else if ('TypeCondition' in node) this.#inlineFragment(parent, node);
    else this.#fragmentSpread(node);
  }

  #field(parent: Definition | undefined, node: Field): void {
    const definition = node.Name === '__typename' ? TYPENAME : parent && named(parent.Fields, node.Name);
    node.Definition = definition;
    for (const argument of node.Arguments) this.#argument(definition?.Arguments, argument);
    this.#directives(node.Directives, 'FIELD');
    this.#selectionSet(definition && this.#type(typeName(definition.Type)), node.SelectionSet);
    for (const rule of this.#rules) rule.field?.(node);
  }

  #inlineFragment(parent: Definition | undefined, node: InlineFragment): void {
    this.#directives(node.Directives, 'INLINE_FRAGMENT');
    const type = node.TypeCondition === '' ? parent : this.#type(node.TypeCondition);
    this.#selectionSet(type, node.SelectionSet);
    for (const rule of this.#rules) rule.inlineFragment?.(node);
  }

  #fragmentSpread(node: FragmentSpread): void {
    const definition = named(this.#context.document.Fragments, node.Name);
    node.Definition = definition;
    this.#directives(node.Directives, 'FRAGMENT_SPREAD');
    if (definition !== undefined && !this.#walkedFragments.has(definition.Name)) {
      this.#walkedFragments.add(definition.Name);
      this.#directives(definition.Directives, 'FRAGMENT_DEFINITION');
      this.#selectionSet(this.#type(definition.TypeCondition), definition.SelectionSet);
    }
    for (const rule of this.#rules) rule.fragmentSpread?.(node);
  }

  #directives(nodes: readonly Directive[], location: string): void {
    for (const node of nodes) {
      this.#context.budget.spend(1);
      node.Definition = this.#context.schema.directives.get(node.Name);
      node.Location = location;
      for (const argument of node.Arguments) this.#argument(node.Definition?.Arguments, argument);
      for (const rule of this.#rules) rule.directive?.(node);
    }
    if (nodes.length > 1) for (const rule of this.#rules) rule.directives?.(nodes);
  }

  #argument(definitions: readonly ArgumentDefinition[] | undefined, node: Argument): void {
    const definition = definitions && named(definitions, node.Name);
    if (definition !== undefined) this.#expect(node.Value, definition);
    this.#value(node.Value);
  }

  #expect(node: Value, { Type, DefaultValue }: ArgumentDefinition | FieldDefinition): void {
    node.ExpectedType = Type;
    node.ExpectedTypeHasDefault = DefaultValue !== undefined && DefaultValue.Kind !== VALUE.null;
    node.Definition = this.#type(typeName(Type));
  }

  #value(node: Value): void {
    const { operation, budget } = this.#context;
    if (node.Kind === VALUE.variable && operation !== undefined) {
      node.VariableDefinition = this.#variables.get(node.Raw);
      if (node.VariableDefinition !== undefined) node.VariableDefinition.Used = true;
    }
    if (node.Kind === VALUE.object || node.Kind === VALUE.list) {
      budget.nested(() => node.Children.forEach((child) => this.#child(node, child)));
    }
    for (const rule of this.#rules) rule.value?.(node);
  }

  #child(parent: Value, { Name, Value: value }: ChildValue): void {
    this.#context.budget.spend(1);
    if (parent.Kind === VALUE.object) {
      const definition = parent.Definition && named(parent.Definition.Fields, Name);
      if (definition !== undefined) this.#expect(value, definition);
    } else if (parent.ExpectedType?.Elem !== undefined) {
      value.ExpectedType = parent.ExpectedType.Elem;
      value.Definition = parent.Definition;
    }
    this.#value(value);
  }
}
