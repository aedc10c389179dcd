/** Where Portcullis takes bodies for something else than opa-envoy-plugin does. */
import { type Compared, type Difference, INVALID, isUnparsed, reads } from './difference.ts';
import { bodyOf, echoed, echoing, httpOf } from './input-document.ts';

const NAMES = /application\/(?:json|grpc|x-www-form-urlencoded)|multipart\/form-data/g;

/** Whether a content type is not one media type, or names another one that is read. */
function isUnclear(contentType: string): boolean {
  const type = contentType.split(';')[0]!.trim();
  const names = contentType.match(NAMES) ?? [];
  const isItself = type === names[0] || type.endsWith('+json') || type.startsWith('application/grpc');
  return type.includes(',') || names.length > 1 || (names.length === 1 && !isItself);
}

/** The bodies with a part that has no name, or more than one. */
const UNNAMED: ReadonlySet<string> = new Set(
  [
    'a part without a name',
    'a part without a disposition',
    'a part without headers',
    'an attachment',
    'a broken disposition',
    'two names',
    'two dispositions',
    'a name in two forms',
    'a filename that is none',
    'an escaped name',
  ].map((name) => `parts: ${name}`),
);

/** Whether the policy can read a body that is all there. */
const readsBody = (compared: Compared): boolean =>
  reads(compared, 'parsed_body') &&
  compared.input?.['truncated_body'] === false &&
  bodyOf(httpOf(compared.request.bytes)).length > 0;

const contentTypeOf = ({ request }: Compared): string =>
  httpOf(request.bytes).headers['content-type']?.toLowerCase() ?? '';

export const BODY_DIFFERENCES: readonly Difference[] = [
  {
    id: 'unclear-types',
    reason:
      'A body is malformed when its content type is not one media type, or names another one that is read; the plugin reads it by the first of four names that occurs anywhere in the content type, and a server may read something else.',
    change: (_, compared) =>
      readsBody(compared) && isUnclear(contentTypeOf(compared)) ? INVALID : undefined,
  },
  {
    id: 'types-in-any-case',
    reason:
      'The types of bodies, and of the parts of one, are read in capitals too, and types that end in `+json` as JSON; the plugin gives null, or text.',
    change: async (before, compared) => {
      const { request, ask } = compared;
      if (!readsBody(compared) || request.typed === undefined) return undefined;
      const other = await ask(request.typed);
      if (isUnparsed(other)) return INVALID;
      const input = echoed(before.answer);
      if (input === undefined) return { answer: other.answer, problem: other.problem };
      const body = echoed(other.answer)!['parsed_body']!;
      return { ...before, answer: echoing(before.answer, { ...input, parsed_body: body }) };
    },
  },
  {
    id: 'encoded-bodies',
    reason:
      'A body with a `content-encoding`, or in another charset than UTF-8, is malformed where its type is read; the plugin reads the bytes as they are.',
    change: (_, compared) => {
      const encoding = httpOf(compared.request.bytes).headers['content-encoding'] ?? 'identity';
      const contentType = contentTypeOf(compared);
      const charset = /charset=([\w-]+)/.exec(contentType)?.[1] ?? 'utf-8';
      const isRead = /json|form/.test(contentType) && readsBody(compared);
      return isRead && (encoding !== 'identity' || charset !== 'utf-8') ? INVALID : undefined;
    },
  },
  {
    id: 'unnamed-parts',
    reason:
      'A multipart body is malformed when a part has not exactly one name (none, two, one in two forms, one that a backslash makes unclear, two dispositions); the plugin leaves the part out or takes one of the names.',
    change: (_, compared) =>
      readsBody(compared) && UNNAMED.has(compared.request.name) ? INVALID : undefined,
  },
];
