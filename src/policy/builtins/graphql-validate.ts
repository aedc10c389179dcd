import type { QueryDocument } from './graphql-ast.ts';
import { checkFragmentCycles } from './graphql-cycle-rule.ts';
import type { GraphqlBudget } from './graphql-error.ts';
import { fieldRules } from './graphql-field-rules.ts';
import { fragmentRules } from './graphql-fragment-rules.ts';
import { operationRules } from './graphql-operation-rules.ts';
import { overlapRule } from './graphql-overlap-rule.ts';
import type { QueryContext } from './graphql-rule.ts';
import type { Schema } from './graphql-schema.ts';
import { valueRules } from './graphql-value-rules.ts';
import { walkQuery } from './graphql-walk.ts';

/**
 * Checks a document by gqlparser's 27 default rules and writes on its nodes. An empty one is valid.
 * @throws GraphqlError for the first rule that is broken; BuiltinError beyond a limit.
 */
export function validateQuery(schema: Schema, document: QueryDocument, budget: GraphqlBudget): void {
  const context: QueryContext = { schema, document, budget, operation: undefined };
  const rules = [fieldRules, fragmentRules, operationRules, overlapRule, valueRules];
  checkFragmentCycles(context);
  walkQuery(
    context,
    rules.map((rule) => rule(context)),
  );
}
