/** What `input.path` and `input.body` have to be: worked out here for every request, and written out by hand for some. */
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../../src/json/value.ts';
import type { CorpusRequest } from './corpus/request.ts';
import { bodyOf, httpOf, type InputDocument } from './input-document.ts';

type Part = Readonly<Record<string, JsonValue>>;

interface MoreInput {
  readonly path?: Part;
  readonly body?: Part;
}

const plain = (...decoded_segments: readonly string[]): MoreInput => ({
  path: { decoded_segments: [...decoded_segments], ambiguities: [] },
});
const path = (
  decoded: readonly string[],
  normalized: string,
  ...ambiguities: readonly string[]
): MoreInput => ({
  path: { decoded_segments: [...decoded], normalized, ambiguities: [...ambiguities] },
});
const body = (state: string, format: string | null = null): MoreInput => ({ body: { state, format } });

/** By the request's name. */
export const MORE_INPUT: Readonly<Record<string, MoreInput>> = {
  'path: "/"': path([''], '/'),
  'path: "/people/"': path(['people', ''], '/people/'),
  'path: "/people/1"': path(['people', '1'], '/people/1'),
  'path: "//people"': path(['', 'people'], '/people', 'empty_segment'),
  'path: "/a/./b"': path(['a', '.', 'b'], '/a/b', 'dot_segment'),
  'path: "/a/../b"': path(['a', '..', 'b'], '/b', 'dot_segment'),
  'path: "/people/..%2fadmin"': path(['people', '../admin'], '/admin', 'dot_segment', 'encoded_separator'),
  'path: "/people%2F1"': path(['people/1'], '/people/1', 'encoded_separator'),
  'path: "/%70eople"': path(['people'], '/people', 'encoded_unreserved'),
  'path: "/people;v=1"': path(['people;v=1'], '/people;v=1', 'semicolon'),
  'path: "/people%3Fx=1"': path(['people?x=1'], '/people?x=1', 'encoded_query_mark'),
  'path: "/people#fragment"': path(['people#fragment'], '/people#fragment', 'fragment'),
  'path: "/people%00"': path(['people\0'], '/people\0', 'control_character'),
  'path: "/people%252f1"': path(['people%2f1'], '/people%2f1', 'double_encoding'),
  'path: "/%C3%A9"': path(['é'], '/é'),
  'path: "/%FF"': path(['\ufffd'], '/\ufffd', 'not_utf8'),
  'path: "/a+b"': path(['a+b'], '/a+b'),
  'path: "/a%20b"': path(['a b'], '/a b'),
  'path: "/productpage?x=1"': plain('productpage'),
  'path: "http://evil.example/people"': path(
    ['http:', '', 'evil.example', 'people'],
    '/http:/evil.example/people',
    'empty_segment',
    'not_absolute',
  ),
  'announced: application/json, partial undefined, none': body('not_inspected'),
  'announced: application/json, partial undefined, whole': body('complete', 'json'),
  'announced: application/json, partial true, none': body('truncated'),
  'announced: application/json, partial true, whole': body('truncated'),
  'announced: application/json, partial false, whole': body('complete', 'json'),
  'announced: application/x-www-form-urlencoded, partial false, whole': body('complete', 'form'),
  'announced: text/plain, partial false, whole': body('complete'),
  'announced: JSON, content-length 7': body('complete', 'json'),
  'announced: JSON, content-length 8': body('truncated'),
  'announced: JSON, none sent, content-length undefined': body('not_inspected'),
  'announced: JSON, none sent, content-length 0': body('empty'),
  'announced: JSON, none sent, content-length 7': body('not_inspected'),
  'announced: text, none sent, content-length x': body('not_inspected'),
  'raw body: JSON': body('complete', 'json'),
  'raw body: parts': body('complete', 'multipart'),
  'raw body: text': body('complete'),
};

/** Whether the input says of the request what it is. */
export function moreInputHolds(input: InputDocument, request: CorpusRequest): boolean {
  const http = httpOf(request.plain ?? request.bytes);
  const [raw = ''] = http.path.split('?');
  const length = http.headers['content-length'] ?? '';
  const declared = /^[+-]?\d+$/.test(length) ? BigInt(length.replace('+', '')) : -1n;
  const { path: known = {}, body: state = {} } = MORE_INPUT[request.name] ?? {};
  return (
    holds(input['path'], {
      raw,
      raw_segments: raw === '' ? [] : raw.replace(/^\//, '').split('/'),
      ...known,
    }) &&
    holds(input['body'], {
      received_bytes: bodyOf(http).length,
      ...(declared >= 0n && declared < 2n ** 63n && { declared_bytes: Number(declared) }),
      ...state,
    })
  );
}

/** Numbers are read with their text. */
function holds(part: JsonValue | undefined, wanted: Part): boolean {
  const read = part === undefined ? {} : (JSON.parse(JSON.stringify(part)) as Part);
  return Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(read[name], value));
}
