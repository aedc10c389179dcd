import type { Caller, Outcome, Question } from '../../decision/decision.ts';
import type { InputView } from '../../decision/input-view.ts';
import { NO_INPUT_VIEW } from '../../decision/json-view.ts';
import { PortcullisError, toPortcullisError } from '../../errors.ts';
import type { CallContext } from '../../rpc.ts';
import { type AskingParts, choosePolicySet, traceIdOf } from '../asking.ts';
import type { Grant } from '../authorize.ts';
import type { AnswerOptions, RequestHeaders } from './answer/check-response.ts';
import { mayHaveTwins, twinOf } from './answer/identity-headers.ts';
import { readObligations } from './answer/obligations.ts';
import { CheckView, type NamedEntry, namedEntry, type TextPlace } from './check-view.ts';
import type { InputOptions } from './request/input-document.ts';
import { chooseRoute, EXTENSIONS, type RouteChoice, type RouteOptions } from './route-choice.ts';

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

const TRACEPARENT = namedEntry('traceparent');
const CHOICES: readonly NamedEntry[] = EXTENSIONS.map(namedEntry);
const NO_HEADERS: RequestHeaders = { headerNames: () => [] };

/** Asks what CheckRequests ask. */
export class CheckQuestions {
  readonly #parts: QuestionParts;
  readonly #inputOptions: InputOptions;
  /** Of requests whose route says nothing. */
  readonly #route: RouteChoice;

  constructor(parts: QuestionParts) {
    const { extAuthz, inputLimits } = parts;
    this.#parts = parts;
    this.#inputOptions = { limits: inputLimits, parseBody: extAuthz.parseBody, grpc: extAuthz.grpc };
    this.#route = chooseRoute(extAuthz, {});
  }

  /**
   * The question that a CheckRequest asks; `message` is its bytes, or why it was not read. What is wrong with the request is
   * asked too, as a question that is refused: the denial has its id and its record. Throws `forbidden` for a policy set that
   * the caller may not ask.
   */
  ask(grant: Grant, message: Uint8Array | PortcullisError, call: CallContext): CheckQuestion {
    const parts = this.#parts;
    const view = message instanceof PortcullisError ? message : this.#read(message);
    const { dryRun } = parts.extAuthz;
    const traceparent = call.metadata('traceparent');
    if (view instanceof PortcullisError) {
      const policySet = choosePolicySet(parts, grant, this.#route.policySet);
      const caller = new CheckCaller(call.peer.address, grant.client, dryRun, traceparent, undefined);
      return new CheckQuestion(policySet, this.#route, NO_INPUT_VIEW, NO_HEADERS, caller, view);
    }
    const route = this.#routeOf(view);
    const policySet = choosePolicySet(parts, grant, route.policySet);
    const refusal = call.cancelled() ? CANCELLED : (route.refusal ?? this.#refusalOf(view));
    const caller = new CheckCaller(call.peer.address, grant.client, dryRun, traceparent, view);
    return new CheckQuestion(policySet, route, view, view, caller, refusal);
  }

  #read(bytes: Uint8Array): CheckView | PortcullisError {
    try {
      return new CheckView(bytes, this.#inputOptions);
    } catch (thrown) {
      return toPortcullisError(thrown);
    }
  }

  #routeOf(view: CheckView): RouteChoice {
    if (!view.hasContextExtensions) return this.#route;
    let said: Record<string, string> | undefined;
    for (const name of CHOICES) {
      const value = view.contextExtension(name);
      if (value !== undefined) (said ??= {})[name.text] = value;
    }
    return said === undefined ? this.#route : chooseRoute(this.#parts.extAuthz, said);
  }

  #refusalOf(view: CheckView): PortcullisError | undefined {
    const { identityHeaders, ambiguousPaths } = this.#parts.extAuthz;
    if (identityHeaders.length > 0 && mayHaveTwins(identityHeaders, view)) {
      const name = twinOf(view.headerNames(), identityHeaders);
      if (name !== undefined) return ambiguousHeader(name);
    }
    const ambiguities = ambiguousPaths === 'deny' ? view.ambiguities() : [];
    return ambiguities.length === 0 ? undefined : ambiguousPath(ambiguities);
  }
}

/** What a CheckRequest asks, and what its answer is written by. */
export class CheckQuestion implements Question {
  readonly policySet: string;
  readonly entrypoint: string;
  readonly noCache: boolean;
  readonly input: InputView;
  readonly headers: RequestHeaders;
  readonly caller: Caller;
  readonly refusal: PortcullisError | undefined;

  constructor(
    policySet: string,
    { entrypoint, noCache }: RouteChoice,
    input: InputView,
    headers: RequestHeaders,
    caller: Caller,
    refusal: PortcullisError | undefined,
  ) {
    this.policySet = policySet;
    this.entrypoint = entrypoint;
    this.noCache = noCache;
    this.input = input;
    this.headers = headers;
    this.caller = caller;
    this.refusal = refusal;
  }

  verify({ obligations, status }: Outcome): void {
    readObligations(obligations, status === 'allowed');
  }
}

/** Who asked. The trace, which only a log reads, is looked for when it is asked for. */
class CheckCaller implements Caller {
  readonly requestedBy: string;
  readonly api = 'ext_authz';
  readonly client: string | undefined;
  readonly dryRun: boolean;
  /** Envoy traces its call to us only where it is told to; the request it asks about names the trace as well. */
  readonly #traceparent: string | TextPlace | undefined;

  constructor(
    requestedBy: string,
    client: string,
    dryRun: boolean,
    traceparent: string | undefined,
    view: CheckView | undefined,
  ) {
    this.requestedBy = requestedBy;
    this.client = client === '' ? undefined : client;
    this.dryRun = dryRun;
    this.#traceparent = traceparent ?? view?.headerPlace(TRACEPARENT);
  }

  get traceId(): string | undefined {
    const traceparent = this.#traceparent;
    if (traceparent === undefined) return undefined;
    return traceIdOf(typeof traceparent === 'string' ? traceparent : traceparent.text);
  }
}

function ambiguousHeader(name: string): PortcullisError {
  return new PortcullisError(
    'header_ambiguous',
    `The header ${JSON.stringify(name)} may be taken for an identity header`,
  );
}

function ambiguousPath(ambiguities: readonly string[]): PortcullisError {
  return new PortcullisError(
    'path_ambiguous',
    `Servers may read the path differently: ${ambiguities.join(', ')}`,
  );
}
