import { fromBinary, type JsonObject } from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import type { HeaderValueOption, QueryParameter } from '../../src/gen/envoy/config/core/v3/base_pb.ts';
import { CheckResponseSchema } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';

/** An answer as Envoy carries it out: equal ones have equal effects. */
export interface CheckAnswer {
  /** The status of the RPC when it failed; everything else is empty then. */
  readonly rpc: number;
  /** `status.code` of the answer: 0 or 7. */
  readonly code: number;
  readonly allowed: boolean;
  /** Of a denial; 403 where the answer has none. */
  readonly httpStatus: number;
  /** Values in their order, by name in lower case: Envoy tells no other names apart. */
  readonly headers: Lists;
  readonly responseHeaders: Lists;
  /** Sorted: their order means nothing. */
  readonly headersToRemove: readonly string[];
  readonly queryToSet: Lists;
  readonly queryToRemove: readonly string[];
  readonly body: string;
  /** Without the decision id, which is new each time, and without the member of Portcullis. */
  readonly metadata: JsonObject;
}

export type Lists = Readonly<Record<string, readonly string[]>>;

/** How an answer is written, and what Portcullis adds to it. */
export interface AnswerForm {
  readonly hasDecisionId: boolean;
  /** The member of the metadata that Portcullis adds. */
  readonly portcullis: JsonObject | undefined;
  /** Of the upstream request, or of the client's response to a denial. */
  readonly headers: readonly HeaderValueOption[];
  readonly responseHeaders: readonly HeaderValueOption[];
  /** Of a denial; undefined where it is left to Envoy. */
  readonly httpStatus: number | undefined;
  readonly statusMessage: string;
}

export interface ReadAnswer {
  readonly answer: CheckAnswer;
  readonly form: AnswerForm;
  /** What a failed RPC says. */
  readonly problem: string;
}

/** Asks one server with the very bytes of the corpus. A failed RPC is an answer too. */
export class CheckClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
  }

  check(request: Uint8Array): Promise<ReadAnswer> {
    const { promise, resolve } = Promise.withResolvers<Buffer | ServiceError>();
    this.#client.makeUnaryRequest(
      '/envoy.service.auth.v3.Authorization/Check',
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes,
      request,
      { deadline: Date.now() + 20_000 },
      (error: ServiceError | null, bytes) => resolve(error ?? bytes!),
    );
    return promise.then((ended) => (Buffer.isBuffer(ended) ? readAnswer(ended) : failed(ended)));
  }

  close(): void {
    this.#client.close();
  }
}

const NOTHING: CheckAnswer = {
  rpc: 0,
  code: 0,
  allowed: false,
  httpStatus: 0,
  headers: {},
  responseHeaders: {},
  headersToRemove: [],
  queryToSet: {},
  queryToRemove: [],
  body: '',
  metadata: {},
};

const failed = ({ code, details }: ServiceError): ReadAnswer => ({
  answer: { ...NOTHING, rpc: code },
  problem: details,
  form: {
    hasDecisionId: false,
    portcullis: undefined,
    headers: [],
    responseHeaders: [],
    httpStatus: undefined,
    statusMessage: '',
  },
});

export const byCode = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** A denial with nothing more to it. */
export const denial = (httpStatus: number): CheckAnswer => ({ ...NOTHING, code: 7, httpStatus });

function readAnswer(bytes: Uint8Array): ReadAnswer {
  const { status, httpResponse, dynamicMetadata } = fromBinary(CheckResponseSchema, bytes);
  const { decision_id, portcullis, ...metadata } = dynamicMetadata ?? {};
  const code = status?.code ?? 0;
  const allowed = code === 0;
  const ok = httpResponse.case === 'okResponse' ? httpResponse.value : undefined;
  const denied = httpResponse.case === 'deniedResponse' ? httpResponse.value : undefined;
  const headers = (allowed ? ok : denied)?.headers ?? [];
  return {
    problem: '',
    answer: {
      rpc: 0,
      code,
      allowed,
      httpStatus: allowed ? 0 : (denied?.status?.code ?? 403),
      headers: headerLists(headers),
      responseHeaders: headerLists(ok?.responseHeadersToAdd ?? []),
      headersToRemove: [...(ok?.headersToRemove ?? [])].sort(byCode),
      queryToSet: lists(ok?.queryParametersToSet ?? []),
      queryToRemove: ok?.queryParametersToRemove ?? [],
      body: denied?.body ?? '',
      metadata,
    },
    form: {
      hasDecisionId: typeof decision_id === 'string' && decision_id !== '',
      portcullis: portcullis as JsonObject | undefined,
      headers,
      responseHeaders: ok?.responseHeadersToAdd ?? [],
      httpStatus: denied?.status?.code,
      statusMessage: status?.message ?? '',
    },
  };
}

const headerLists = (headers: readonly HeaderValueOption[]): Lists =>
  lists(
    headers
      .map(({ header }) => ({ key: header?.key ?? '', value: header?.value ?? '' }))
      .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
      .map(({ key, value }) => ({ key: key.toLowerCase(), value })),
  );

/** The plugin writes names in another order each time; within one name the order is the policy's. */
function lists(pairs: readonly Pick<QueryParameter, 'key' | 'value'>[]): Lists {
  const found = new Map<string, string[]>();
  for (const { key, value } of pairs) found.set(key, [...(found.get(key) ?? []), value]);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
