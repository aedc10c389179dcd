/** Where Portcullis reads requests otherwise than opa-envoy-plugin. */
import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject } from '../../src/json/value.ts';
import { type Compared, type Difference, isUnparsed, refusal } from './difference.ts';
import { bodyOf, echoed, echoing, httpOf, type InputDocument, mapNumbers } from './input-document.ts';
import type { ParsedPart } from './policies.ts';

/** Messages of the corpus that Go's decoder reads, but no Envoy writes. */
const ODD_MESSAGES: ReadonlySet<string> = new Set(
  [
    'an unknown group',
    'a field of another type',
    'size as text',
    'a message as a number',
    'metadata of no kind',
    'a metadata entry without a value',
    'metadata of two kinds',
    'metadata, a member twice',
    'metadata, not a number',
    'metadata, infinite',
  ].map((name) => `wire: ${name}`),
);

/** The same of the messages in gRPC bodies. */
const ODD_GRPC_MESSAGES: ReadonlySet<string> = new Set(
  ['a field of another type', 'a group', 'deep', 'a jar'].map((name) => `gRPC: ${name}`),
);

const INVALID = refusal(400, 'input_invalid');

const reads = ({ policy }: Compared, part: ParsedPart): boolean => policy.reads.includes(part);

/** A text with a key twice in one object, as far as the corpus has such. */
const DUPLICATE_KEYS = /"a":(?:1|\{"b":1\}),"(?:a|\\u0061)":/;

/** The input without the mark that made the plugin take its body for cut. */
function withoutMark(input: InputDocument): InputDocument {
  const copy = structuredClone(input) as { attributes: { request: { http: { headers: JsonObject } } } };
  delete copy.attributes.request.http.headers['x-envoy-auth-partial-body'];
  return copy;
}

export const INPUT_DIFFERENCES: readonly Difference[] = [
  {
    id: 'unreadable-message',
    reason:
      'A CheckRequest that is no message, or that holds text which is not UTF-8, is a denial (400); the plugin fails the RPC, which lets the request pass under `failure_mode_allow`.',
    change: ({ answer, problem }) => (answer.rpc === 13 && /unmarshal/.test(problem) ? INVALID : undefined),
  },
  {
    id: 'strict-message',
    reason:
      'A CheckRequest that no Envoy writes (a known field with another wire type, a group, a map with a key twice, a number in metadata that is none) is a denial (400); the plugin reads something into it or skips it.',
    change: (_, { request }) => (ODD_MESSAGES.has(request.name) ? INVALID : undefined),
  },
  {
    id: 'over-limits',
    reason:
      'A CheckRequest over `limits.maxInputBytes` is a denial (413), and so is a body nested deeper than `limits.maxInputDepth` where the policy can read it; the plugin knows only the size of gRPC messages, and fails the RPC.',
    change: (_, compared) => {
      if (compared.request.bytes.length > 1024 * 1024) return refusal(413, 'input_too_large');
      const isDeep = compared.request.name === 'over limits: too deep';
      return isDeep && reads(compared, 'parsed_body') ? refusal(413, 'input_too_large') : undefined;
    },
  },
  {
    id: 'raw-headers',
    reason:
      'Headers sent as `header_map` (`encode_raw_headers`) are in `input.attributes.request.http.headers` as well, and tell the type of the body; the plugin leaves `headers` out, so that a condition such as `not http.headers["x-internal"]` always holds.',
    change: async (_, { request, ask }) => (request.plain === undefined ? undefined : ask(request.plain)),
  },
  {
    id: 'ambiguous-paths',
    reason:
      'A path that servers read differently is a denial (400) unless `extAuthz.ambiguousPaths` is `pass`; the plugin leaves it to the policy.',
    change: (_, { ambiguities }) => (ambiguities.length > 0 ? INVALID : undefined),
  },
  {
    id: 'packed-types',
    reason:
      'An `Any` in a gRPC body may hold a message of the descriptor set; the plugin knows only types of its own and denies the request (400).',
    change: async (before, { request, ask }) => {
      if (request.name !== 'gRPC: a packed dish' || !isUnparsed(before)) return undefined;
      const { answer, problem } = await ask(request.cut!);
      const input = echoed(answer);
      if (input === undefined) return { answer, problem };
      const parcel = { '@type': 'type.googleapis.com/test.Dish', opaqueId: 'inner' };
      const whole = { ...input, parsed_body: { parcel }, truncated_body: false };
      return { problem, answer: echoing(answer, withoutMark(whole)) };
    },
  },
  {
    id: 'closed-enums',
    reason:
      'A number that an enum of proto2 does not have is as good as not sent, as its specification says; the plugin gives the number.',
    change: (before, { request }) => {
      const input = echoed(before.answer);
      if (request.name !== 'gRPC: an unknown size' || input === undefined) return undefined;
      return { ...before, answer: echoing(before.answer, { ...input, parsed_body: { label: 'a' } }) };
    },
  },
  {
    id: 'refusal-body',
    reason:
      'The denial of a request whose path, query or body cannot be parsed has no body and is logged with its reason; the plugin tells the client the error, and gives no decision id.',
    change: (before, compared) =>
      isUnparsed(before) && compared.malformed.some((part) => reads(compared, part)) ? INVALID : undefined,
  },
  {
    id: 'malformed-elsewhere',
    reason:
      'A path, query or body that cannot be parsed matters only to policies that can read `parsed_path`, `parsed_query` or `parsed_body`; the plugin denies the request (400) under every policy.',
    change: async (before, { request, ask }) => {
      if (!isUnparsed(before)) return undefined;
      if (request.mended === undefined) throw new Error(`${request.name} has no mended form`);
      return ask(request.mended);
    },
  },
  {
    id: 'strict-grpc-message',
    reason:
      'A gRPC message with a known field of another wire type, or with a group (which proto2 alone has), is malformed; the plugin skips the one and reads the other.',
    change: (_, compared) =>
      ODD_GRPC_MESSAGES.has(compared.request.name) && reads(compared, 'parsed_body') ? INVALID : undefined,
  },
  {
    id: 'duplicate-keys',
    reason:
      'JSON with a key twice in one object is malformed, since servers take one or the other; the plugin takes the last.',
    change: (_, compared) => {
      const http = httpOf(compared.request.bytes);
      const isRead = reads(compared, 'parsed_body') && compared.input?.['parsed_body'] != null;
      const isJson = /application\/json/.test(`${http.headers['content-type']}${http.body}`);
      return isRead && isJson && DUPLICATE_KEYS.test(bodyOf(http).toString()) ? INVALID : undefined;
    },
  },
  {
    id: 'body-not-utf8',
    reason:
      'A JSON body that is not UTF-8 is malformed (RFC 8259, 8.1); the plugin puts U+FFFD for what it cannot read.',
    change: (_, compared) => {
      const http = httpOf(compared.request.bytes);
      if (!reads(compared, 'parsed_body') || compared.input?.['parsed_body'] == null) return undefined;
      return http.headers['content-type'] === 'application/json' && !isUtf8(bodyOf(http))
        ? INVALID
        : undefined;
    },
  },
  {
    id: 'announced-body',
    reason:
      'Whatever the content type, a body of which the content-length announces more than was sent, or whose content-length is no number (unless Envoy marks it as whole), has `truncated_body` true and `parsed_body` null, also when nothing was sent; the plugin compares lengths only of JSON, forms and parts of which something was sent, and a policy may take what it says for an empty body.',
    change: async (before, { request, policy, input, ask }) => {
      const http = httpOf(request.bytes);
      const length = http.headers['content-length'];
      if (length === undefined || input?.['truncated_body'] !== false || request.cut === undefined)
        return undefined;
      const sent = bodyOf(http).length;
      const isNumber = /^[+-]?\d{1,18}$/.test(length);
      const isWhole = http.headers['x-envoy-auth-partial-body'] === 'false';
      if (isNumber ? Number(length) <= sent : sent === 0 || isWhole) return undefined;
      const document = echoed(before.answer);
      if (document === undefined) return policy.reads.includes('parsed_body') ? ask(request.cut) : undefined;
      const truncated = { ...document, parsed_body: null, truncated_body: true };
      return { ...before, answer: echoing(before.answer, truncated) };
    },
  },
  {
    id: 'metadata-numbers',
    reason:
      'Numbers in metadata, which are doubles, have the text that JSON gives them (`1900000000`, `0`); the plugin writes `1.9e+09` and `-0`. They compare alike.',
    change: (before) => {
      const document = echoed(before.answer);
      const attributes = document?.['attributes'];
      if (document === undefined || !isJsonObject(attributes)) return undefined;
      const changed: JsonObject = { ...attributes };
      for (const name of ['metadataContext', 'routeMetadataContext'])
        if (attributes[name] !== undefined)
          changed[name] = mapNumbers(attributes[name], (text) => Number(text) + 0);
      if (JSON.stringify(changed) === JSON.stringify(attributes)) return undefined;
      return { ...before, answer: echoing(before.answer, { ...document, attributes: changed }) };
    },
  },
];
