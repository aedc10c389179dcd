/** What Envoy makes of a request: an encoded CheckRequest, with all that differs from request to request. */
import { create, toBinary } from '@bufbuild/protobuf';
import { CheckRequestSchema } from '../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { type Random } from '../distributions.ts';

/** What a request is about. */
export interface Call {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that come with the caller's software. */
  readonly agent: Agent;
  /** SPIFFE IDs of caller and listener, where there is mutual TLS. */
  readonly principal?: string;
  readonly destination?: string;
  /** The route's context extensions. */
  readonly extensions: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  /** Of the caller; another one for each connection. */
  readonly address: string;
}

export type Agent = Readonly<Record<string, string>>;

const hex = (random: Random, characters: number): string => {
  let text = '';
  while (text.length < characters)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, characters);
};

const uuid = (random: Random): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-9${hex(random, 3)}-${hex(random, 12)}`;

/** A CheckRequest as Envoy's filter sends it with `with_request_body` and `pack_as_bytes`. */
export function checkRequest(call: Call, atMs: number, random: Random): Uint8Array<ArrayBuffer> {
  const { method, path, host, principal = '', destination = '', body } = call;
  const rawBody = body === undefined ? new Uint8Array(0) : Buffer.from(body);
  const headers: Record<string, string> = {
    ':authority': host,
    ':method': method,
    ':path': path,
    ':scheme': 'https',
    ...call.agent,
    ...call.headers,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(rawBody.length),
    }),
    'x-forwarded-for': call.address,
    'x-forwarded-proto': 'https',
    'x-request-id': uuid(random),
    traceparent: `00-${hex(random, 32)}-${hex(random, 16)}-01`,
    ...(body !== undefined && { 'x-envoy-auth-partial-body': 'false' }),
  };
  const socket = (address: string, port: number) =>
    ({
      address: {
        address: {
          case: 'socketAddress',
          value: { address, portSpecifier: { case: 'portValue', value: port } },
        },
      },
    }) as const;
  const message = create(CheckRequestSchema, {
    attributes: {
      source: { ...socket(call.address, 1024 + Math.floor(random() * 60_000)), principal },
      destination: { ...socket('10.0.0.9', 10_000), principal: destination },
      request: {
        time: { seconds: BigInt(Math.floor(atMs / 1000)), nanos: Math.floor(random() * 1e9) },
        http: {
          id: String(Math.floor(random() * 2 ** 53)),
          method,
          headers,
          path,
          host,
          scheme: 'https',
          size: BigInt(body === undefined ? -1 : rawBody.length),
          protocol: 'HTTP/2',
          rawBody,
        },
      },
      contextExtensions: call.extensions,
    },
  });
  return toBinary(CheckRequestSchema, message);
}

/** Software of people: browsers in some versions and languages, and the shop's own. */
export const AGENTS: readonly Agent[] = [
  ...['148', '149', '150'].flatMap((version) =>
    ['de-DE,de;q=0.9', 'en-US,en;q=0.9', 'fr-FR,fr;q=0.9'].map((language) => ({
      'user-agent': `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
      accept: 'application/json',
      'accept-language': language,
      'accept-encoding': 'gzip, deflate, br, zstd',
      origin: 'https://shop.example',
      'sec-ch-ua': `"Chromium";v="${version}", "Not)A;Brand";v="99"`,
      'sec-ch-ua-mobile': '?0',
      'sec-ch-ua-platform': '"Linux"',
      'sec-fetch-site': 'same-site',
      'sec-fetch-mode': 'cors',
    })),
  ),
  ...['146.0', '147.0'].map((version) => ({
    'user-agent': `Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:${version}) Gecko/20100101 Firefox/${version}`,
    accept: 'application/json',
    'accept-language': 'en-GB,en;q=0.7',
    'accept-encoding': 'gzip, deflate, br',
    origin: 'https://shop.example',
  })),
  ...['7.1.0', '7.2.1'].map((version) => ({
    'user-agent': `ShopApp/${version} (iPhone; iOS 26.1)`,
    accept: '*/*',
    'x-app-version': version,
  })),
];

/** Software of services. */
export const SERVICE_AGENT: Agent = { 'user-agent': 'Go-http-client/2.0', 'accept-encoding': 'gzip' };
export const GRPC_AGENT: Agent = {
  'user-agent': 'grpc-go/1.80.0',
  'content-type': 'application/grpc',
  te: 'trailers',
};
