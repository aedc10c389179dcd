/** Requests of the demo: CheckRequests as Envoy sends them, and the input documents that policies are given. */
import { fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { CheckRequestSchema } from '../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { pathFacts } from '../src/services/ext-authz/path/path-facts.ts';
import { readCheckRequest } from '../src/services/ext-authz/request/check-request.ts';
import { buildInput } from '../src/services/ext-authz/request/input-document.ts';

export interface DemoRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the operator's route says. */
  readonly extensions?: Readonly<Record<string, string>>;
  /** Identity of the caller's certificate. */
  readonly caller?: string;
  /** Identity of the proxy that asks. */
  readonly called?: string;
}

/** A CheckRequest in protobuf's JSON, for grpcurl. */
export function checkRequest(request: DemoRequest): JsonObject {
  const { method, path, headers = {}, extensions = {}, caller = '', called = '' } = request;
  return {
    attributes: {
      ...(caller === '' ? {} : { source: { principal: caller } }),
      ...(called === '' ? {} : { destination: { principal: called } }),
      request: {
        http: {
          method,
          headers: { ':authority': 'api.shop.example', ':method': method, ':path': path, ...headers },
          path,
          host: 'api.shop.example',
          scheme: 'https',
          protocol: 'HTTP/2',
        },
      },
      ...(Object.keys(extensions).length === 0 ? {} : { contextExtensions: extensions }),
    },
  };
}

const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 64 };

/** What a policy sees of a CheckRequest in protobuf's JSON. */
export function inputDocument(request: JsonObject): object {
  const bytes = toBinary(CheckRequestSchema, fromJson(CheckRequestSchema, request));
  const facts = readCheckRequest(bytes, LIMITS);
  const options = { limits: LIMITS, parseBody: true, grpc: undefined };
  return buildInput(facts, pathFacts(facts.path, facts.method), options).document;
}
