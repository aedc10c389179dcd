import type { Decision } from '../../decision/decision.ts';
import { type PortcullisError, toPortcullisError } from '../../errors.ts';
import type { CallContext, RpcMethod } from '../../rpc.ts';
import { deadlineOf } from '../asking.ts';
import { writeCheckResponse, writeRefusal } from './answer/check-response.ts';
import {
  CANCELLED,
  type CheckQuestion,
  CheckQuestions,
  OVERSIZED,
  type QuestionParts,
} from './check-question.ts';

export interface ExtAuthzParts extends QuestionParts {
  /** Told of what was refused without a decision: callers that may not ask, and defects. */
  readonly onRefusal: (error: PortcullisError, call: CallContext) => void;
}

/**
 * `envoy.service.auth.v3.Authorization/Check`. Whatever happens, Envoy gets an answer: an RPC that fails is handled by the
 * filter's `failure_mode_allow`, and nothing that a client or a policy does may depend on that.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/service/auth/v3/external_auth.proto
 */
export function extAuthzMethod(parts: ExtAuthzParts): RpcMethod {
  const questions = new CheckQuestions(parts);
  const refuse = (thrown: unknown, call: CallContext): Uint8Array => {
    const error = toPortcullisError(thrown);
    parts.onRefusal(error, call);
    return writeRefusal(error, parts.extAuthz);
  };
  const write = (decision: Decision, { headers }: CheckQuestion): Uint8Array =>
    writeCheckResponse(decision, headers, parts.extAuthz);
  /** `message` is the CheckRequest, or why it was not read. */
  const answer = (
    message: Uint8Array | PortcullisError,
    call: CallContext,
  ): Uint8Array | Promise<Uint8Array> => {
    try {
      const grant = parts.authorize(call.peer, 'ext_authz');
      const question = questions.ask(grant, message, call);
      const decision = parts.decider.decide(question, deadlineOf(parts, call));
      if (!(decision instanceof Promise)) return write(decision, question);
      return decision.then((late) => write(late, question)).catch((thrown) => refuse(thrown, call));
    } catch (thrown) {
      return refuse(thrown, call);
    }
  };
  return {
    path: '/envoy.service.auth.v3.Authorization/Check',
    kind: 'unary',
    handler: answer,
    unread: {
      // The record is all that is left to do. It says what was asked, where that is known.
      abandoned: (call, message) => void answer(message ?? CANCELLED, call),
      oversized: (call) => answer(OVERSIZED, call),
    },
  };
}
