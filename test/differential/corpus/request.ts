import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { CheckRequestSchema } from '../../../src/gen/envoy/service/auth/v3/external_auth_pb.ts';

/** One question of the corpus, as the bytes that both servers get, and what stands for it where they differ. */
export interface CorpusRequest {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The only policies that it has something to say to; all of them where it is left out. */
  readonly policies?: readonly string[];
  /** With what is malformed in its path replaced by as many harmless characters. */
  readonly mendedPath?: Uint8Array;
  /** With an empty body, too: what a policy that does not read those parts has to answer. */
  readonly mended?: Uint8Array;
  /** With a mended path and the mark of a partial body. */
  readonly cut?: Uint8Array;
  /** With a body whose type the plugin knows by this spelling. */
  readonly typed?: Uint8Array;
  /** With plain headers instead of raw ones. */
  readonly plain?: Uint8Array;
}

/** The parts of a request that the corpus varies. Everything else is as Envoy fills it in. */
export interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly rawBody?: Uint8Array;
  readonly attributes?: MessageInitShape<typeof CheckRequestSchema>['attributes'];
  readonly http?: Readonly<Record<string, unknown>>;
  readonly time?: { readonly seconds: bigint; readonly nanos: number };
}

/** A request as Envoy makes it of an HTTP request over a TCP connection. */
export function request(name: string, given: HttpRequest, policies?: readonly string[]): CorpusRequest {
  const mended = { ...given, path: mendPath(given.path ?? '/people') };
  return {
    name,
    bytes: encode(given),
    ...(policies && { policies }),
    mendedPath: encode(mended),
    mended: encode(withoutBody(mended)),
    cut: encode({ ...mended, headers: { ...given.headers, [PARTIAL]: 'true' } }),
    ...typedAs(given),
  };
}

/** Types in capitals and kinds of JSON. */
function typedAs(given: HttpRequest): Pick<CorpusRequest, 'typed'> {
  const { headers: { 'content-type': type = '' } = {}, body = '' } = given;
  const known = type.replace(/^[^;]*/, (name) =>
    name.toLowerCase().replace(/^application\/[\w.-]+\+json$/, 'application/json'),
  );
  const knownBody = body.replaceAll('APPLICATION/JSON', 'application/json');
  if (known === type && knownBody === body) return {};
  return {
    typed: encode({ ...given, headers: { ...given.headers, 'content-type': known }, body: knownBody }),
  };
}

const PARTIAL = 'x-envoy-auth-partial-body';

/** Bytes that are no regular message, or one that no builder would write. */
export const rawRequest = (
  name: string,
  bytes: Uint8Array,
  standIns: Pick<CorpusRequest, 'mended' | 'plain'> = {},
): CorpusRequest => ({ name, bytes, ...standIns });

/** Requests that differ in one thing, named by it. */
export const requests = (
  group: string,
  rows: Readonly<Record<string, HttpRequest>>,
  policies?: readonly string[],
): readonly CorpusRequest[] =>
  Object.entries(rows).map(([name, given]) => request(`${group}: ${name}`, given, policies));

function encode(given: HttpRequest): Uint8Array {
  const { method = 'GET', path = '/people', headers = {}, body = '', rawBody } = given;
  const message = create(CheckRequestSchema, {
    attributes: {
      source: { address: socket('127.0.0.1', 40001) },
      destination: { address: socket('10.0.0.7', 8443) },
      ...(given.attributes as object),
      request: {
        time: given.time ?? { seconds: 1_763_812_345n, nanos: 678_901_234 },
        http: {
          id: '13519049518330544501',
          method,
          path,
          host: 'shop.example',
          scheme: 'https',
          protocol: 'HTTP/2',
          size: BigInt(rawBody?.length ?? Buffer.byteLength(body)),
          headers: { ':authority': 'shop.example', ':method': method, ':path': path, ...headers },
          body,
          ...(rawBody === undefined ? {} : { rawBody }),
          ...given.http,
        },
      },
    },
  });
  return toBinary(CheckRequestSchema, message);
}

const socket = (address: string, portValue: number) => ({
  address: {
    case: 'socketAddress' as const,
    value: { address, portSpecifier: { case: 'portValue' as const, value: portValue } },
  },
});

function withoutBody({ rawBody: _rawBody, ...rest }: HttpRequest): HttpRequest {
  const kept = Object.entries(rest.headers ?? {}).filter(
    ([name]) => !['content-type', 'content-length', PARTIAL].includes(name),
  );
  return { ...rest, body: '', headers: Object.fromEntries(kept) };
}

/** Escapes that are none, and semicolons in the query. */
const mendPath = (path: string): string => {
  const [raw = '', ...query] = path.replaceAll(/%(?![\dA-Fa-f]{2})/g, '~').split('?');
  return [raw, ...query.map((part) => part.replaceAll(';', '~'))].join('?');
};
