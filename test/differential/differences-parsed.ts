/** Where Portcullis parses paths and bodies otherwise than opa-envoy-plugin. */
import { isUtf8 } from 'node:buffer';
import type { AttributeContext_HttpRequest } from '../../src/gen/envoy/service/auth/v3/attribute_context_pb.ts';
import type { JsonObject } from '../../src/json/value.ts';
import type { CorpusRequest } from './corpus/request.ts';
import { type Difference, INVALID, isUnparsed, reads } from './difference.ts';
import { bodyOf, echoed, echoing, httpOf, type InputDocument } from './input-document.ts';

/** The same of the messages in gRPC bodies. */
const ODD_GRPC_MESSAGES: ReadonlySet<string> = new Set(
  ['a field of another type', 'a group', 'deep', 'a jar'].map((name) => `gRPC: ${name}`),
);

const PATH_PARTS = ['parsed_path', 'parsed_query'] as const;

/** A text with a key twice in one object, as far as the corpus has such. */
const DUPLICATE_KEYS = /"a":(?:1|\{"b":1\}),"(?:a|\\u0061)":/;

const MARK = 'x-envoy-auth-partial-body';

/** Whether the content-length speaks of more than was sent, or of nothing that can be compared. */
function announces(http: AttributeContext_HttpRequest): 'more' | 'invalid' | undefined {
  const length = http.headers['content-length'];
  const sent = bodyOf(http).length;
  if (length === undefined) return undefined;
  if (/^[+-]?\d{1,18}$/.test(length)) return Number(length) > sent ? 'more' : undefined;
  return sent > 0 && http.headers[MARK] !== 'false' ? 'invalid' : undefined;
}

/** The body when it is JSON, or its parts that are. */
function jsonTexts(http: AttributeContext_HttpRequest): Buffer[] {
  const type = http.headers['content-type'] ?? '';
  const body = bodyOf(http);
  if (type === 'application/json') return [body];
  if (!type.startsWith('multipart/form-data')) return [];
  const parts = body.toString('latin1').split('--foo');
  return parts
    .filter((part) => part.includes('application/json'))
    .map((part) => Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4), 'latin1'));
}

const isGrpc = ({ bytes }: CorpusRequest): boolean =>
  httpOf(bytes).headers['content-type']?.includes('application/grpc') === true;

const FORM = 'application/x-www-form-urlencoded';

/** The values of a query or form by their names, where several names that are not UTF-8 are the same once they are read. */
function together(text: string): JsonObject | undefined {
  const decode = (part: string): Buffer =>
    Buffer.from(
      part.replaceAll(/%([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    );
  const pairs = text.split('&').map((pair) => pair.split('=').map(decode));
  const odd = pairs.filter(([name]) => !isUtf8(name!)).map(([name]) => name!);
  const isSame = odd.some((name) =>
    odd.some((other) => !name.equals(other) && name.toString() === other.toString()),
  );
  if (!isSame) return undefined;
  const lists: Record<string, string[]> = {};
  for (const [name, value = ''] of pairs) (lists[String(name)] ??= []).push(String(value));
  return lists;
}

/** The input of a request that was asked with another mark of a partial body than its own. */
function withMarkOf(request: CorpusRequest, input: InputDocument): InputDocument {
  const copy = structuredClone(input) as { attributes: { request: { http: { headers: JsonObject } } } };
  const { headers } = copy.attributes.request.http;
  const mark = httpOf(request.bytes).headers[MARK];
  if (mark === undefined) delete headers[MARK];
  else headers[MARK] = mark;
  return copy;
}

export const PARSED_DIFFERENCES: readonly Difference[] = [
  {
    id: 'refused-path',
    reason:
      'A path or query that cannot be parsed, under a policy that can read it parsed, is a denial (400) without a body, logged with its reason; the plugin tells the client the error, and gives no decision id.',
    change: (before, compared) => {
      const { malformed } = compared;
      const isRead = PATH_PARTS.some((part) => malformed.includes(part) && reads(compared, part));
      return isUnparsed(before) && isRead ? INVALID : undefined;
    },
  },
  {
    id: 'malformed-path',
    reason:
      'A path or query that cannot be parsed matters only to policies that can read `parsed_path` or `parsed_query`; the plugin denies the request (400) under every policy.',
    change: (before, { request, malformed, ask }) => {
      if (!isUnparsed(before) || !PATH_PARTS.some((part) => malformed.includes(part))) return undefined;
      return ask(request.mendedPath!);
    },
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
      return { problem, answer: echoing(answer, withMarkOf(request, whole)) };
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
    id: 'announced-body',
    reason:
      'Whatever the content type, a body of which the content-length announces more than was sent, or whose content-length is no number (unless Envoy marks it as whole), has `truncated_body` true and `parsed_body` null, also when nothing was sent; the plugin compares lengths only of JSON, forms and parts of which something was sent, and a policy may take what it says for an empty body.',
    change: async (before, { request, policy, input, malformed, ask }) => {
      const announced = announces(httpOf(request.bytes));
      if (announced === undefined || request.cut === undefined) return undefined;
      if (!policy.reads.includes('parsed_body') || input?.['truncated_body'] === true) return undefined;
      // What was sent of a gRPC message may be too little to be one, or the path too short.
      const isRefused = isUnparsed(before);
      if (isRefused && !(announced === 'more' && isGrpc(request) && malformed.includes('parsed_body')))
        return undefined;
      const { answer, problem } =
        isRefused || echoed(before.answer) === undefined ? await ask(request.cut) : before;
      const document = echoed(answer);
      if (document === undefined) return { answer, problem };
      const truncated = { ...document, parsed_body: null, truncated_body: true };
      return { problem, answer: echoing(answer, isRefused ? withMarkOf(request, truncated) : truncated) };
    },
  },
  {
    id: 'refused-body',
    reason:
      'A body that cannot be parsed, under a policy that can read it parsed, is a denial (400) without a body, logged with its reason; the plugin tells the client the error, and gives no decision id.',
    change: (before, compared) => {
      if (!reads(compared, 'parsed_body')) return undefined;
      const { request, malformed, input } = compared;
      // What a gRPC body is can be told only by the path.
      const http = httpOf(request.bytes);
      const hasNoType =
        malformed.includes('parsed_path') &&
        isGrpc(request) &&
        http.rawBody.length > 0 &&
        input?.['truncated_body'] === false &&
        announces(http) !== 'more';
      return isUnparsed(before) || hasNoType ? INVALID : undefined;
    },
  },
  {
    id: 'malformed-body',
    reason:
      'A body that cannot be parsed matters only to policies that can read `parsed_body`; the plugin denies the request (400) under every policy.',
    change: (before, { request, ask }) => {
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
      'A JSON body or part that is not UTF-8 is malformed (RFC 8259, 8.1); the plugin puts U+FFFD for what it cannot read.',
    change: (_, compared) => {
      const http = httpOf(compared.request.bytes);
      if (!reads(compared, 'parsed_body') || compared.input?.['parsed_body'] == null) return undefined;
      const isWrong = jsonTexts(http).some((text) => !isUtf8(text));
      return isWrong ? INVALID : undefined;
    },
  },
  {
    id: 'names-not-utf8',
    reason:
      'Names in a query or a form that are not UTF-8, and are the same once U+FFFD stands for what cannot be read, have their values together; to the plugin they are several.',
    change: (before, { request }) => {
      const input = echoed(before.answer);
      if (input === undefined) return undefined;
      const http = httpOf(request.bytes);
      const query = together(http.path.split('?').slice(1).join('?'));
      const form =
        http.headers['content-type'] === FORM ? together(bodyOf(http).toString('latin1')) : undefined;
      if (query === undefined && form === undefined) return undefined;
      const changed = {
        ...input,
        ...(query && { parsed_query: query }),
        ...(form && input['parsed_body'] !== null && { parsed_body: form }),
      };
      return { ...before, answer: echoing(before.answer, changed) };
    },
  },
];
