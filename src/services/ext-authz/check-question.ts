import type { Question } from '../../decision/decision.ts';
import { NO_INPUT_VIEW } from '../../decision/json-view.ts';
import { PortcullisError, toPortcullisError } from '../../errors.ts';
import type { CallContext } from '../../rpc.ts';
import { type AskingParts, callerOf, choosePolicySet } from '../asking.ts';
import type { Grant } from '../authorize.ts';
import type { AnswerOptions } from './answer/check-response.ts';
import { twinOf } from './answer/identity-headers.ts';
import { readObligations } from './answer/obligations.ts';
import { CheckView } from './check-view.ts';
import { pathFacts } from './path/path-facts.ts';
import { type CheckFacts, readCheckRequest } from './request/check-request.ts';
import type { InputOptions } from './request/input-document.ts';
import { chooseRoute, type RouteOptions } from './route-choice.ts';

export interface ExtAuthzOptions extends RouteOptions, AnswerOptions, Omit<InputOptions, 'limits'> {
  readonly ambiguousPaths: 'deny' | 'pass';
}

export interface QuestionParts extends AskingParts {
  readonly extAuthz: ExtAuthzOptions;
}

/** Why a check is not read although it arrived. */
export const CANCELLED: PortcullisError = new PortcullisError(
  'cancelled',
  'Envoy no longer waits for the answer',
);
export const OVERSIZED: PortcullisError = new PortcullisError(
  'over_limit',
  'The CheckRequest is longer than grpc.limits.maxMessageBytes',
);

/** A question, and what its answer is written by. */
export interface Asked {
  readonly question: Question;
  readonly headerNames: readonly string[];
}

/**
 * The question that a CheckRequest asks; `message` is its bytes, or why it was not read. What is wrong with the request is
 * asked too, as a question that is refused: the denial has its id and its record. Throws `forbidden` for a policy set that
 * the caller may not ask.
 */
export function toQuestion(
  parts: QuestionParts,
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
    noCache: route.noCache,
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

function readFacts(request: Uint8Array, { inputLimits }: QuestionParts): CheckFacts | PortcullisError {
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
