/** The traffic of a policy set, as each peer is asked: the same requests, in the same order, with the same answers to expect. */
import { fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { CheckRequestSchema } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { checkRequest } from '../cache/envelope.ts';
import { generator } from '../distributions.ts';
import { cerbosMessage } from './cerbos-message.ts';
import { COUNTER, COUNTER_DIGITS, type Message, type Protocol } from './load/job.ts';
import type { PolicySet, Wish } from './sets/policy-set.ts';

/** Unlike in id, time, port, trace; then they come again, but for those that never do. */
const MESSAGES = 8192;
/** Requests with something in the path that was never there before, so that no cache has their answer. */
const ONCE = 0.02;

export interface Traffic {
  readonly wishes: readonly Wish[];
  readonly messages: Readonly<Partial<Record<Protocol, readonly Message[]>>>;
  /** The documents that OPA is asked with. */
  readonly inputs: readonly JsonObject[];
}

export function trafficOf(set: PolicySet, count: number = MESSAGES): Traffic {
  const random = generator(17);
  const wishes = Array.from({ length: count }, () => onceOnly(set.call(random), random() < ONCE));
  const requests = wishes.map(({ call }) => checkRequest(call, Date.now(), random));
  const inputs = requests.map((bytes, i) => inputOf(bytes, wishes[i]!.call.path));
  const expected = (bytes: readonly Uint8Array[]): Message[] =>
    bytes.map((each, i) => ({ bytes: each, allowed: wishes[i]!.allowed }));
  const { cerbos } = set;
  return {
    wishes,
    inputs,
    messages: {
      ext_authz: expected(requests),
      opa: expected(inputs.map((input) => Buffer.from(JSON.stringify({ input })))),
      ...(typeof cerbos !== 'string' && {
        cerbos: expected(wishes.map((wish, i) => cerbosMessage(cerbos.request(wish), i))),
      }),
    },
  };
}

function onceOnly(wish: Wish, once: boolean): Wish {
  if (!once) return wish;
  const { path } = wish.call;
  const query = `${path.includes('?') ? '&' : '?'}${COUNTER}${'0'.repeat(COUNTER_DIGITS)}`;
  return { ...wish, call: { ...wish.call, path: path + query } };
}

/** As opa-envoy-plugin gives it to policies. */
function inputOf(bytes: Uint8Array, target: string): JsonObject {
  const message = toJson(CheckRequestSchema, fromBinary(CheckRequestSchema, bytes)) as JsonObject;
  const { pathname, searchParams } = new URL(target, 'http://host');
  const query: Record<string, string[]> = {};
  for (const [name, value] of searchParams) (query[name] ??= []).push(value);
  return {
    ...message,
    parsed_path: pathname.slice(1).split('/'),
    parsed_query: query,
    parsed_body: null,
    truncated_body: false,
    version: { encoding: 'protojson', ext_authz: 'v3' },
  };
}
