import type { Decision, Question } from '../../decision/decision.ts';
import { NO_INPUT_VIEW } from '../../decision/json-view.ts';
import { PortcullisError, toPortcullisError } from '../../errors.ts';
import type { CallContext, RpcMethod } from '../../rpc.ts';
import { type AskingParts, callerOf, choosePolicySet, deadlineOf } from '../asking.ts';
import type { Grant } from '../authorize.ts';
import { type CheckFacts, readCheckRequest } from './check-request.ts';
import { type AnswerOptions, writeCheckResponse, writeRefusal } from './check-response.ts';
import { CheckView } from './check-view.ts';
import { twinOf } from './identity-headers.ts';
import type { InputOptions } from './input-document.ts';
import { readObligations } from './obligations.ts';
import { pathFacts } from './path-facts.ts';
import { chooseRoute, type RouteOptions } from './route-choice.ts';

export interface ExtAuthzOptions extends RouteOptions, AnswerOptions, Omit<InputOptions, 'limits'> {
  readonly ambiguousPaths: 'deny' | 'pass';
}

export interface ExtAuthzParts extends AskingParts {
  readonly extAuthz: ExtAuthzOptions;
  /** Told of what was refused without a decision: callers that may not ask, and defects. */
  readonly onRefusal: (error: PortcullisError, call: CallContext) => void;
}

/**
 * `envoy.service.auth.v3.Authorization/Check`. Whatever happens, Envoy gets an answer: an RPC that fails is handled by the
 * filter's `failure_mode_allow`, and nothing that a client or a policy does may depend on that.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/service/auth/v3/external_auth.proto
 */
export function extAuthzMethod(parts: ExtAuthzParts): RpcMethod {
  const refuse = (thrown: unknown, call: CallContext): Uint8Array => {
    const error = toPortcullisError(thrown);
    parts.onRefusal(error, call);
    return writeRefusal(error, parts.extAuthz);
  };
  const answer = (
    message: Uint8Array | PortcullisError,
    call: CallContext,
  ): Uint8Array | Promise<Uint8Array> => {
    try {
      const grant = parts.authorize(call.peer, 'ext_authz');
      const written = check(parts, grant, message, call);
      return written instanceof Promise ? written.catch((thrown) => refuse(thrown, call)) : written;
    } catch (thrown) {
      return refuse(thrown, call);
    }
  };
  return {
    path: '/envoy.service.auth.v3.Authorization/Check',
    kind: 'unary',
    handler: answer,
    unread: {
      // The record is all that is left to do.
      abandoned: (call) => void answer(CANCELLED, call),
      oversized: (call) => answer(OVERSIZED, call),
    },
  };
}

const CANCELLED = new PortcullisError('cancelled', 'Envoy no longer waits for the answer');
const OVERSIZED = new PortcullisError(
  'over_limit',
  'The CheckRequest is longer than grpc.limits.maxMessageBytes',
);

/** `message` is the CheckRequest, or why it was not read. */
function check(
  parts: ExtAuthzParts,
  grant: Grant,
  message: Uint8Array | PortcullisError,
  call: CallContext,
): Uint8Array | Promise<Uint8Array> {
  const { question, headerNames } = toQuestion(parts, grant, message, call);
  const write = (decision: Decision): Uint8Array => writeCheckResponse(decision, headerNames, parts.extAuthz);
  const decision = parts.decider.decide(question, deadlineOf(parts, call));
  return decision instanceof Promise ? decision.then(write) : write(decision);
}

interface Asked {
  readonly question: Question;
  readonly headerNames: readonly string[];
}

/** What is wrong with the request is asked too, as a question that is refused: the denial has its id and its record. */
function toQuestion(
  parts: ExtAuthzParts,
  grant: Grant,
  message: Uint8Array | PortcullisError,
  call: CallContext,
): Asked {
  const { extAuthz: options, inputLimits: limits } = parts;
  const sizeBytes = message instanceof PortcullisError ? 0 : message.byteLength;
  const facts = message instanceof PortcullisError ? message : readFacts(message, parts);
  const unreadable = facts instanceof PortcullisError;
  const route = chooseRoute(options, unreadable ? {} : facts.contextExtensions);
  const base = {
    policySet: choosePolicySet(parts, grant, route.policySet),
    entrypoint: route.entrypoint,
    noCache: false,
    verify,
  } satisfies Partial<Question>;
  // Envoy traces its call to us only where it is told to; the request it asks about names the trace as well.
  const traceparent = call.metadata('traceparent') ?? (unreadable ? undefined : facts.headers['traceparent']);
  const caller = { ...callerOf(call, grant, 'ext_authz', traceparent), dryRun: options.dryRun };
  if (unreadable)
    return { question: { ...base, caller, input: NO_INPUT_VIEW, refusal: facts }, headerNames: [] };

  const headerNames = Object.keys(facts.headers);
  const path = pathFacts(facts.path, facts.method);
  const refusal =
    cancelled(call) ??
    route.refusal ??
    twin(headerNames, options) ??
    (options.ambiguousPaths === 'deny' ? ambiguous(path.ambiguities) : undefined);
  const input = new CheckView(facts, path, { ...options, limits }, sizeBytes);
  return { question: { ...base, caller, input, refusal }, headerNames };
}

const verify: NonNullable<Question['verify']> = ({ obligations, status }) => {
  readObligations(obligations, status === 'allowed');
};

function readFacts(request: Uint8Array, { inputLimits }: ExtAuthzParts): CheckFacts | PortcullisError {
  try {
    return readCheckRequest(request, inputLimits);
  } catch (thrown) {
    return toPortcullisError(thrown);
  }
}

/** Envoy gives up waiting long before a client does: nothing is spent on what nobody will read. */
function cancelled(call: CallContext): PortcullisError | undefined {
  return call.cancelled() ? CANCELLED : undefined;
}

function twin(
  headerNames: readonly string[],
  { identityHeaders }: ExtAuthzOptions,
): PortcullisError | undefined {
  const name = twinOf(headerNames, identityHeaders);
  if (name === undefined) return undefined;
  return new PortcullisError(
    'header_ambiguous',
    `The header ${JSON.stringify(name)} may be taken for an identity header`,
  );
}

function ambiguous(ambiguities: readonly string[]): PortcullisError | undefined {
  if (ambiguities.length === 0) return undefined;
  return new PortcullisError(
    'path_ambiguous',
    `Servers may read the path differently: ${ambiguities.join(', ')}`,
  );
}
