/** Where Portcullis reads CheckRequests otherwise than opa-envoy-plugin. */
import { isJsonObject, type JsonObject } from '../../src/json/value.ts';
import { type Difference, INVALID, reads, refusal } from './difference.ts';
import { echoed, echoing, httpOf, mapNumbers } from './input-document.ts';

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

export const MESSAGE_DIFFERENCES: readonly Difference[] = [
  {
    id: 'unreadable-message',
    reason:
      'A CheckRequest that is no message, or that holds text which is not UTF-8, is a denial (400); the plugin fails the RPC, which lets the request pass under `failure_mode_allow`.',
    change: ({ answer, problem }) => (answer.rpc === 13 && /unmarshal/.test(problem) ? INVALID : undefined),
  },
  {
    id: 'strict-message',
    reason:
      'A CheckRequest that no Envoy writes (a known field with another wire type, a group, metadata with a key twice, with a value of no kind or of two, or with a number that JSON has not) is a denial (400); the plugin reads something into it or skips it.',
    change: (_, { request }) => (ODD_MESSAGES.has(request.name) ? INVALID : undefined),
  },
  {
    id: 'over-limits',
    reason:
      'A CheckRequest over `limits.maxInputBytes` is a denial (413), and so is a body nested deeper than `limits.maxInputDepth` where the policy can read it; the plugin knows only the size of gRPC messages, and fails the RPC.',
    change: (_, compared) => {
      if (compared.request.bytes.length > 1024 * 1024) return refusal(413, 'input_too_large');
      const isDeep = /^\[{1001}/.test(httpOf(compared.request.bytes).body);
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
