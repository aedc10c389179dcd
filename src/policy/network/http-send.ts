import { type Builtin, type BuiltinContext, BuiltinError } from '../builtins/builtin.ts';
import { typeName } from '../builtins/compare.ts';
import { regoText } from '../builtins/rego-text.ts';
import type { RegoObject, RegoValue } from '../value.ts';
import type { CacheRequest, HttpAnswer, NetworkAccess } from './access.ts';
import { builtinError, HttpSendError } from './http-error.ts';
import { recordedHttpSend, withoutSecrets } from './record.ts';
import { flag, wholeNumber } from './request-fields.ts';
import { cacheKeyObject, checkKeys, headerList, httpRequest } from './request-object.ts';
import { type Decoding, responseObject } from './response-object.ts';

/**
 * `http.send` of v1/topdown/http.go. Here the request is read and the answer made a value; the broker says what may be
 * reached, sends, and keeps answers from one evaluation to the next.
 */
export const httpSend: Builtin = {
  name: 'http.send',
  effects: ['network'],
  record: recordedHttpSend,
  call: (context, operand) => {
    if (!(operand instanceof Map)) {
      throw new BuiltinError(`operand 1 must be object but got ${typeName(operand)}`);
    }
    const raise = operand.get('raise_error') ?? true;
    if (typeof raise !== 'boolean') throw new BuiltinError('invalid value for raise_error field');
    try {
      checkKeys(operand);
      return send(context, operand);
    } catch (error) {
      if (!(error instanceof HttpSendError)) throw error;
      if (raise) throw new BuiltinError(withoutSecrets(error.message), { cause: error });
      return errorObject(error);
    }
  },
};

/** Status codes whose answers a cache may keep (RFC 9110 section 15.1). */
export const CACHEABLE_STATUS: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501,
]);

function errorObject({ code, shown }: HttpSendError): RegoObject {
  const error = new Map<RegoValue, RegoValue>([
    ['code', code],
    ['message', shown],
  ]);
  return new Map<RegoValue, RegoValue>([
    ['status_code', 0],
    ['error', error],
  ]);
}

function send(context: BuiltinContext, request: RegoObject): RegoValue {
  const keyObject = cacheKeyObject(request);
  const key = regoText(keyObject);
  const cache = cacheRequest(context, request, keyObject, key);
  const memoKey = `http.send ${key}`;
  const known = remembered(context, memoKey);
  if (known !== undefined) return known;
  // OPA looks at these before it asks the cache between evaluations, else behind the answer.
  if (cache !== undefined) decodingOf(keyObject);
  const answer = answerOf(context, request, cache, memoKey);
  const response = formatted(answer, decodingOf(keyObject));
  if (cache !== undefined || CACHEABLE_STATUS.has(answer.statusCode)) context.memo.set(memoKey, [response]);
  return response;
}

/** The answer, or the error, to an equal request of this evaluation. */
function remembered(context: BuiltinContext, memoKey: string): RegoValue | undefined {
  const known = context.memo.get(memoKey) as RegoValue[] | undefined;
  if (known === undefined || known.length === 1) return known?.[0];
  const [message, shown, code] = known as [string, string, HttpSendError['code']];
  throw new HttpSendError(message, shown, code);
}

function answerOf(
  context: BuiltinContext,
  request: RegoObject,
  cache: CacheRequest | undefined,
  memoKey: string,
): HttpAnswer {
  try {
    const network = networkOf(context, 'http.send');
    const reply = network.call({ ...httpRequest(request), cache });
    if (reply.kind === 'http') return reply;
    if (reply.kind !== 'failure') throw new TypeError('the broker answered another request');
    const { reason, message, shown = message } = reply;
    if (reason === 'refused') throw builtinError(message);
    throw new HttpSendError(message, shown, 'eval_http_send_network_error');
  } catch (error) {
    if (error instanceof HttpSendError) context.memo.set(memoKey, [error.message, error.shown, error.code]);
    throw error;
  }
}

/** What a builtin waits at. Throws BuiltinError that halts where the evaluation must not wait. */
export function networkOf(context: BuiltinContext, builtin: string): NetworkAccess {
  if (context.network !== undefined) return context.network;
  throw new BuiltinError(
    `${builtin} cannot wait for the network here: only the policy threads of a server can`,
    {
      halt: true,
    },
  );
}

function formatted(answer: HttpAnswer, decoding: Decoding): RegoObject {
  try {
    return responseObject(answer, decoding);
  } catch (error) {
    if (error instanceof BuiltinError) throw builtinError(error.message);
    throw error;
  }
}

function decodingOf(key: RegoObject): Decoding {
  return { forceJson: flag(key, 'force_json_decode'), forceYaml: flag(key, 'force_yaml_decode') };
}

/** Undefined where the policy does not ask for answers to be kept. */
function cacheRequest(
  context: BuiltinContext,
  request: RegoObject,
  keyObject: RegoObject,
  key: string,
): CacheRequest | undefined {
  const wanted = flag(request, 'cache');
  const forced = flag(request, 'force_cache');
  if (!wanted && !forced) return undefined;
  const duration = request.get('force_cache_duration_seconds');
  if (forced && duration === undefined) {
    throw builtinError("'force_cache' set but 'force_cache_duration_seconds' parameter is missing");
  }
  const mode = request.get('caching_mode') ?? 'serialized';
  return {
    key,
    nowMs: Number(context.nowNs / 1_000_000n),
    forceSeconds: forced ? wholeNumber(duration!) : 0,
    store: mode === 'serialized' || mode === 'deserialized',
    keyHeaders: headerList(keyObject.get('headers')),
  };
}
