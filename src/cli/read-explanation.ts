import type {
  ExplainedClause,
  ExplainedExpression,
  ExplainedSample,
  ExplainResponse,
} from '../gen/portcullis/v1/decision_pb.ts';
import type {
  ClauseOutcome,
  ClauseTrace,
  Explanation,
  ExpressionOutcome,
  ExpressionTrace,
  Sample,
} from '../policy/plan/explain/explanation.ts';

/** Reads the explanation that a server sent. Places end in their first row, and prints are not sent. */
export function readExplanation(entrypoint: string, response: ExplainResponse): Explanation {
  const { value, error, rules, roots, omittedRules, omittedSamples } = response;
  return {
    entrypoint,
    value,
    error: error === '' ? undefined : readError(error),
    rules: rules.map((rule) => ({
      name: rule.name,
      args: rule.args,
      value: rule.value,
      clauses: rule.clauses.map(readClause),
    })),
    roots,
    prints: [],
    omitted: { rules: omittedRules, samples: omittedSamples },
  };
}

function readError(text: string): Explanation['error'] {
  const [code = '', ...message] = text.split(': ');
  return { code, message: message.join(': '), place: { file: '', row: 0, col: 0, endRow: 0 } };
}

function readClause({ kind, outcome, head, expressions }: ExplainedClause): ClauseTrace {
  return {
    kind: kind as ClauseTrace['kind'],
    outcome: outcome as ClauseOutcome,
    head: readExpression(head),
    expressions: expressions.map(readExpression),
  };
}

function readExpression(expression: ExplainedExpression | undefined): ExpressionTrace {
  const { file = '', row = 0, col = 0, text = '', outcome = 'not_reached' } = expression ?? {};
  return {
    place: { file, row, col, endRow: row },
    text,
    outcome: outcome as ExpressionOutcome,
    tried: expression?.tried ?? 0,
    held: expression?.held ?? 0,
    samples: (expression?.samples ?? []).map(readSample),
    rules: expression?.rules ?? [],
    builtins: expression?.builtins ?? {},
    errors: expression?.errors ?? [],
    body: (expression?.body ?? []).map(readExpression),
  };
}

function readSample({ held, values, call }: ExplainedSample): Sample {
  return {
    held,
    values: values.map(({ name, value }) => ({ name, value })),
    call: call && {
      name: call.name,
      args: call.args,
      result: call.result,
      error: call.error === '' ? undefined : call.error,
    },
  };
}
