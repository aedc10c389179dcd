import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Decision, Provenance } from '../decision/decision.ts';
import {
  type ExplainedExpressionSchema,
  type ExplainedRuleSchema,
  type ExplainedSampleSchema,
  ExplainResponseSchema,
} from '../gen/portcullis/v1/decision_pb.ts';
import { parseJson } from '../json/parse.ts';
import type { Explained } from '../policy/plan/explain/explain.ts';
import type { ExpressionTrace, RuleTrace, Sample } from '../policy/plan/explain/explanation.ts';
import { sameJson } from '../policy/same-json.ts';
import { writeCheckResponse } from './decision-writer.ts';

type Init<Schema extends Parameters<typeof create>[0]> = MessageInitShape<Schema>;

/** Encodes an ExplainResponse. */
export function writeExplainResponse(
  decision: Decision,
  provenance: Provenance,
  { explanation, json }: Explained,
): Uint8Array {
  const { value, error, rules, roots, omitted } = explanation;
  const sameSource = decision.provenance.digest === provenance.digest;
  const message = create(ExplainResponseSchema, {
    provenance,
    moduleDiffers: sameSource && decision.failure === undefined && differ(decision.json, json),
    ...(value !== undefined && { value }),
    error: error === undefined ? '' : `${error.code}: ${error.message}`,
    rules: rules.map(ruleMessage),
    roots: [...roots],
    omittedRules: omitted.rules,
    omittedSamples: omitted.samples,
  });
  // Both messages have the decision as field 1, and fields that are put one after the other make one message.
  return Buffer.concat([writeCheckResponse(decision), toBinary(ExplainResponseSchema, message)]);
}

function ruleMessage({ name, args, value, clauses }: RuleTrace): Init<typeof ExplainedRuleSchema> {
  return {
    name,
    args: [...args],
    ...(value !== undefined && { value }),
    clauses: clauses.map(({ kind, outcome, head, expressions }) => ({
      kind,
      outcome,
      head: expressionMessage(head),
      expressions: expressions.map(expressionMessage),
    })),
  };
}

function expressionMessage(expression: ExpressionTrace): Init<typeof ExplainedExpressionSchema> {
  const { place, samples, body, rules, errors, ...rest } = expression;
  const { file, row, col } = place;
  return {
    ...rest,
    file,
    row,
    col,
    samples: samples.map(sampleMessage),
    rules: [...rules],
    errors: [...errors],
    body: body.map(expressionMessage),
  };
}

function sampleMessage({ held, values, call }: Sample): Init<typeof ExplainedSampleSchema> {
  return {
    held,
    values: values.map(({ name, value }) => ({ name, ...(value !== undefined && { value }) })),
    ...(call && {
      call: {
        name: call.name,
        args: [...call.args],
        ...(call.result !== undefined && { result: call.result }),
        error: call.error ?? '',
      },
    }),
  };
}

/** Whether module and plan answer otherwise. */
function differ(module: string | undefined, plan: string | undefined): boolean {
  if (module === undefined || plan === undefined) return module !== plan;
  try {
    return !sameJson(parseJson(module), parseJson(plan));
  } catch {
    // Rego's {1: "x", "1": "y"} names a key twice.
    return module !== plan;
  }
}
