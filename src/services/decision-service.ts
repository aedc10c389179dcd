import type { Question } from '../decision/decision.ts';
import type { Explainer } from '../decision/explainer.ts';
import { PortcullisError } from '../errors.ts';
import type { CallContext, RpcMethod, UnaryHandler } from '../rpc.ts';
import { type AskingParts, callerOf, choosePolicySet, deadlineOf } from './asking.ts';
import type { Grant } from './authorize.ts';
import { failureOf } from './decision-failure.ts';
import { writeBatchResponse, writeCheckResponse } from './decision-writer.ts';
import { writeEvaluateResponse } from './evaluate-writer.ts';
import { writeExplainResponse } from './explain-writer.ts';
import { inputView } from './input-views.ts';
import { readBatchRequest, readQuestionRequest, type WireQuestion } from './question-reader.ts';

export interface DecisionServiceParts extends AskingParts {
  /** Questions of one BatchCheck. */
  readonly maxBatchQuestions: number;
  readonly explainer: Explainer;
}

const SERVICE = '/portcullis.v1.DecisionService';

/** The unary methods of `portcullis.v1.DecisionService`; see the comments of decision.proto. */
export function decisionMethods(parts: DecisionServiceParts): RpcMethod[] {
  return [
    { path: `${SERVICE}/Check`, kind: 'unary', handler: check(parts) },
    { path: `${SERVICE}/BatchCheck`, kind: 'unary', handler: batchCheck(parts) },
    { path: `${SERVICE}/Evaluate`, kind: 'unary', handler: evaluate(parts) },
    { path: `${SERVICE}/Explain`, kind: 'unary', handler: explain(parts) },
  ];
}

/** Answers without a promise whenever the decider does. */
function check(parts: DecisionServiceParts): UnaryHandler {
  return (request, call) => {
    const grant = parts.authorize(call.peer, 'check');
    const question = toQuestion(parts, grant, call, readQuestionRequest(request));
    const decision = parts.decider.decide(question, deadlineOf(parts, call));
    return decision instanceof Promise ? decision.then(writeCheckResponse) : writeCheckResponse(decision);
  };
}

function batchCheck(parts: DecisionServiceParts): UnaryHandler {
  return async (request, call) => {
    const grant = parts.authorize(call.peer, 'batch-check');
    const asked = readBatchRequest(request, parts.maxBatchQuestions);
    // A question that may not be asked fails the whole call, before any is decided.
    const questions = asked.map((question) => toQuestion(parts, grant, call, question));
    const deadlineMs = deadlineOf(parts, call);
    return writeBatchResponse(await parts.decider.decideAll(questions, deadlineMs, () => call.cancelled()));
  };
}

function evaluate(parts: DecisionServiceParts): UnaryHandler {
  return async (request, call) => {
    const grant = parts.authorize(call.peer, 'evaluate');
    const question = toQuestion(parts, grant, call, readQuestionRequest(request));
    const decision = await parts.decider.decide(question, deadlineOf(parts, call));
    const failure = failureOf(decision);
    if (failure === undefined) return writeEvaluateResponse(decision);
    const { code, message } = failure;
    // Transports keep back the text of an `internal` error, and the id with it; on the wire both codes are INTERNAL. The
    // id comes first because long texts are cut.
    throw new PortcullisError(
      code === 'internal' ? 'evaluation_failed' : code,
      `Decision ${decision.id}: ${message}`,
      { cause: failure },
    );
  };
}

function explain(parts: DecisionServiceParts): UnaryHandler {
  return async (request, call) => {
    const grant = parts.authorize(call.peer, 'explain');
    const asked = toQuestion(parts, grant, call, readQuestionRequest(request));
    const question = { ...asked, noCache: true, caller: { ...asked.caller, api: 'explain' } };
    const deadlineMs = deadlineOf(parts, call);
    // Recorded like any decision: who asked why is what an auditor of the auditors looks for.
    const decision = await parts.decider.decide(question, deadlineMs);
    const { provenance, explained } = await parts.explainer.explain(question, deadlineMs);
    return writeExplainResponse(decision, provenance, explained);
  };
}

function toQuestion(parts: AskingParts, grant: Grant, call: CallContext, asked: WireQuestion): Question {
  return {
    policySet: choosePolicySet(parts, grant, asked.policySet),
    entrypoint: asked.entrypoint,
    input: inputView(asked.input, parts.inputLimits),
    noCache: asked.noCache,
    caller: callerOf(call, grant, 'grpc'),
  };
}
