import type { Decision, Question } from '../decision/decision.ts';
import type { InputView } from '../decision/input-view.ts';
import { jsonValueView } from '../decision/json-view.ts';
import { PortcullisError } from '../errors.ts';
import type { CallContext, HttpRequest, HttpResponse, HttpRoute } from '../rpc.ts';
import { type AskingParts, callerOf, choosePolicySet, deadlineOf } from './asking.ts';
import {
  entrypointOf,
  inputOfGet,
  inputOfPost,
  optionsOf,
  type ReadInput,
  wantsNoCache,
} from './data-api-request.ts';
import { failureOf } from './decision-failure.ts';
import { opaAnswer, opaError } from './opa-response.ts';

export interface DataApiParts extends AskingParts {
  /** The policy set that `/v1/data` asks; empty for the only one that is configured. Paths and headers never choose it. */
  readonly policySet: string;
  /** Of this server, for `?provenance`. */
  readonly version: string;
}

/**
 * OPA's Data API, as far as it asks: `GET` and `POST /v1/data/<entrypoint>` over the same engine and the same allow-list
 * of entrypoints as every other API. https://www.openpolicyagent.org/docs/rest-api#data-api
 */
export function dataApiRoutes(parts: DataApiParts): HttpRoute[] {
  const routes = (method: 'GET' | 'POST', readInput: ReadInput): HttpRoute[] => {
    const handler: HttpRoute['handler'] = (request, call) => answer(parts, request, call, readInput);
    // `/v1/data` itself is OPA's name for all documents at once, which nobody can ask for here.
    return [
      { method, path: '/v1/data', handler },
      { method, path: '/v1/data/*', handler },
    ];
  };
  return [...routes('GET', inputOfGet), ...routes('POST', inputOfPost)];
}

async function answer(
  parts: DataApiParts,
  request: HttpRequest,
  call: CallContext,
  readInput: ReadInput,
): Promise<HttpResponse> {
  try {
    return await ask(parts, request, call, readInput);
  } catch (thrown) {
    // A defect is for the transport to log.
    if (thrown instanceof PortcullisError && thrown.code !== 'internal') return opaError(thrown);
    throw thrown;
  }
}

async function ask(
  parts: DataApiParts,
  request: HttpRequest,
  call: CallContext,
  readInput: ReadInput,
): Promise<HttpResponse> {
  const startMs = parts.clock.monotonicMs();
  const spentMs = (): number => parts.clock.monotonicMs() - startMs;
  const grant = parts.authorize(call.peer, 'data-api');
  const policySet = choosePolicySet(parts, grant, parts.policySet);
  const { pretty, provenance, metrics } = optionsOf(request.query);
  const entrypoint = entrypointOf(request.rest);
  // Read when the engine asks for it, so that an input that cannot be read is a decision with its id and its record.
  let parseMs = 0;
  const input = jsonValueView(() => {
    const beforeMs = spentMs();
    const document = readInput(request, parts.inputLimits);
    parseMs = spentMs() - beforeMs;
    return document;
  }, request.body.byteLength + request.target.length);
  const question: Question = {
    policySet,
    entrypoint,
    input,
    noCache: wantsNoCache(request.header('cache-control')),
    caller: callerOf(call, grant, 'data-api'),
  };
  const decision = await parts.decider.decide(question, deadlineOf(parts, call));
  const failure = failureOf(decision);
  if (failure !== undefined) return opaError(failure, decision.id);
  const members = {
    decision_id: JSON.stringify(decision.id),
    provenance: provenance ? provenanceJson(decision, parts.version) : undefined,
    metrics: metrics ? metricsJson(decision, parseMs, spentMs()) : undefined,
    result: decision.json,
    warning: request.method === 'POST' && isMissing(input) ? INPUT_MISSING : undefined,
  };
  return opaAnswer(objectJson(members), pretty, cacheStatus(question, decision));
}

/** What RFC 9211 says of an answer: found in the cache, or evaluated because the cache is off, the caller wanted it so, or it was not there. */
function cacheStatus({ noCache }: Question, { cached, cacheOff }: Decision): string {
  if (cached) return 'portcullis; hit';
  if (cacheOff) return 'portcullis; fwd=bypass';
  return noCache ? 'portcullis; fwd=request' : 'portcullis; fwd=miss';
}

/** An input that could not be read, and that no policy read, is not missing. */
function isMissing(input: InputView): boolean {
  try {
    return input.document() === undefined;
  } catch {
    return false;
  }
}

/** Values are JSON text already; undefined ones are left out. */
function objectJson(members: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(members).filter(([, json]) => json !== undefined);
  return `{${present.map(([key, json]) => `"${key}":${json}`).join(',')}}`;
}

const INPUT_MISSING = JSON.stringify({
  code: 'api_usage_warning',
  message: "'input' key missing from the request",
});

function provenanceJson({ provenance }: Decision, version: string): string {
  const bundles = Object.entries(provenance.revisions).map(([name, revision]) => [name, { revision }]);
  return JSON.stringify({
    version,
    build_commit: '',
    build_timestamp: '',
    build_hostname: '',
    bundles: Object.fromEntries(bundles),
  });
}

function metricsJson({ evaluationMs }: Decision, parseMs: number, handlerMs: number): string {
  return JSON.stringify({
    timer_rego_input_parse_ns: nanoseconds(parseMs),
    timer_rego_query_eval_ns: nanoseconds(evaluationMs),
    timer_server_handler_ns: nanoseconds(handlerMs),
  });
}

const nanoseconds = (durationMs: number): number => Math.round(durationMs * 1e6);
