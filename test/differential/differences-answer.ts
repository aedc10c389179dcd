/** Where Portcullis answers otherwise than opa-envoy-plugin under the same decision. */
import { ENVOY_FACTS, ENVOY_STATE, FRAMING } from '../../src/services/ext-authz/answer/header-rules.ts';
import { byCode, type CheckAnswer, type Lists } from './answer.ts';
import { type Compared, type Difference, type Expected, refusal } from './difference.ts';
import { httpOf } from './input-document.ts';

const FAILED = refusal(403, 'not_a_decision');

const mapLists = (lists: Lists, map: (values: readonly string[], name: string) => readonly string[]): Lists =>
  Object.fromEntries(
    Object.entries(lists)
      .map(([name, values]) => [name, map(values, name)] as const)
      .filter(([, values]) => values.length > 0),
  );

/** The expectation with an answer changed in these members; undefined when they are as before. */
function changed(before: Expected, members: Partial<CheckAnswer>): Expected | undefined {
  const answer = { ...before.answer, ...members };
  return JSON.stringify(answer) === JSON.stringify(before.answer) ? undefined : { ...before, answer };
}

const namesOf = (lists: Lists): string[] => Object.keys(lists);
const valuesOf = (lists: Lists): string[] => Object.values(lists).flat();

const NO_NAME = /^:|[^!#$%&'*+.^_`|~\w-]|^$/;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const NOT_IN_QUERY = /[^\x21-\x7e]|[&#;"<>\\^`{|}]|%(?![\da-f]{2})/i;

/** As servers that read `_` as `-` know it. */
const meant = (name: string): string => name.replaceAll('_', '-');

function setsForbiddenName({ answer }: Expected): boolean {
  const { allowed, headers, responseHeaders, headersToRemove } = answer;
  const set = [...namesOf(headers), ...namesOf(responseHeaders)].map(meant);
  const removed = headersToRemove.map((name) => name.toLowerCase());
  const sent = [...(allowed ? [] : namesOf(headers)), ...namesOf(responseHeaders)].map(meant);
  return (
    [...set, ...removed].some((name) => NO_NAME.test(name) || FRAMING.has(name)) ||
    sent.some((name) => ENVOY_STATE.has(name)) ||
    (allowed && namesOf(headers).some((name) => ENVOY_FACTS.has(meant(name))))
  );
}

const listed = (names: ReadonlySet<string>): string => [...names].map((name) => `\`${name}\``).join(', ');

/** What policies may ask for in Portcullis alone, by the case of `broken` that asks for it. */
const ASKED: Readonly<Record<string, Partial<CheckAnswer>>> = {
  'headers-asked': {
    code: 0,
    allowed: true,
    httpStatus: 0,
    headers: { 'x-add-if-absent': ['2'], 'x-append': ['1'], 'x-overwrite': ['3'] },
    responseHeaders: {
      'x-add-if-absent': ['2'],
      'x-append': ['1'],
      'x-overwrite': ['3'],
      'x-overwrite-if-exists': ['4'],
    },
  },
  'denied-headers-asked': { code: 7, allowed: false, httpStatus: 403, headers: { 'x-append': ['1'] } },
};

/** Every way to spell a name with `-` and `_`; of those with many only the plain ones, and what the request holds. */
function spellings(name: string, sent: readonly string[]): readonly string[] {
  const [first = '', ...parts] = name.split(/[-_]/);
  if (parts.length > 3) {
    const plain = name.replaceAll('_', '-');
    return [plain, plain.replaceAll('-', '_'), ...sent.filter((one) => one.replaceAll('_', '-') === plain)];
  }
  return parts.reduce(
    (spelt, part) => spelt.flatMap((left) => [`${left}-${part}`, `${left}_${part}`]),
    [first],
  );
}

const WRONG_TYPE = /^(?:failed to get|illegal value)/;

const isCase = ({ policy, request }: Compared, of: string, name: string): boolean =>
  policy.name === of && request.name === `${of}: ${name}`;

export const ANSWER_DIFFERENCES: readonly Difference[] = [
  {
    id: 'undefined-denied',
    reason:
      'An undefined decision is a denial (403); the plugin fails the RPC, which lets the request pass under `failure_mode_allow`.',
    change: ({ problem }) =>
      problem.startsWith('undefined decision') ? refusal(403, 'undefined') : undefined,
  },
  {
    id: 'conflict-denied',
    reason:
      'An evaluation that fails, such as by rules that say different things, is a denial (403, unless `extAuthz` says otherwise); the plugin fails the RPC.',
    change: ({ problem }) =>
      /eval_conflict_error/.test(problem) ? refusal(403, 'evaluation_failed') : undefined,
  },
  {
    id: 'metadata-out-of-range',
    reason: 'A number in `dynamic_metadata` that no double holds is sent as text; the plugin fails the RPC.',
    change: (before, compared) =>
      isCase(compared, 'broken', 'metadata-huge')
        ? {
            answer: { ...before.answer, rpc: 0, code: 0, allowed: true, metadata: { n: '1e999' } },
            problem: '',
          }
        : undefined,
  },
  {
    id: 'asked-actions',
    reason:
      'The value of a header may be an object `{"value": string, "action": …}` that says what becomes of one that is there already (`overwrite`, `append`, `add_if_absent`, `overwrite_if_exists`); the plugin takes it for a wrong type and fails the RPC.',
    change: ({ answer, problem }, compared) => {
      const asked = Object.entries(ASKED).find(([name]) => isCase(compared, 'broken', name))?.[1];
      if (asked === undefined || !WRONG_TYPE.test(problem)) return undefined;
      return { answer: { ...answer, rpc: 0, ...asked }, problem: '' };
    },
  },
  {
    id: 'wrong-types-denied',
    reason:
      'A decision that is neither a boolean nor an object with a boolean `allowed`, or whose obligations have the wrong type, is a denial (403); the plugin fails the RPC.',
    change: ({ problem }) => (WRONG_TYPE.test(problem) ? FAILED : undefined),
  },
  {
    id: 'forbidden-headers',
    reason: `A decision that sets or removes a header which Envoy alone may write (names with \`:\`, ${listed(FRAMING)}), or whose name is none, that sets a header of the request by which Envoy tells what it knows (${listed(ENVOY_FACTS)}), or one of a response by which it tells its own state (${listed(ENVOY_STATE)}), is a denial (403), also with \`_\` for \`-\` where a header is set; the plugin passes it on.`,
    change: (before) => (setsForbiddenName(before) ? FAILED : undefined),
  },
  {
    id: 'forbidden-values',
    reason:
      'A decision that sets a header to a value with a control character such as CR or LF is a denial (403); the plugin passes it on, and Envoy writes it into the response.',
    change: ({ answer }) =>
      valuesOf(answer.headers).some((value) => CONTROL.test(value)) ? FAILED : undefined,
  },
  {
    id: 'too-many-bytes',
    reason:
      'A decision whose headers of one place have more than 60 KiB together is a denial (403), as Envoy by default takes no more; the plugin passes it on.',
    change: ({ answer: { headers } }) =>
      [...namesOf(headers), ...valuesOf(headers)].join('').length > 60 * 1024 ? FAILED : undefined,
  },
  {
    id: 'unescaped-query',
    reason:
      'A decision that sets a query parameter without a name, or with characters that end it or that no query may hold, is a denial (403); the plugin passes it on, and Envoy writes it into the path as it is.',
    change: ({ answer: { queryToSet } }) => {
      const isWrong = (text: string): boolean => NOT_IN_QUERY.test(text);
      const names = namesOf(queryToSet);
      const wrong =
        names.some((name) => name === '' || name.includes('=') || isWrong(name)) ||
        valuesOf(queryToSet).some(isWrong);
      return wrong ? FAILED : undefined;
    },
  },
  {
    id: 'no-interim-status',
    reason:
      'A denial with the `http_status` 100 is one with 403: after 100 a client waits for another status; the plugin passes it on.',
    change: ({ answer }) => (answer.httpStatus === 100 ? FAILED : undefined),
  },
  {
    id: 'no-body-where-none-can-be',
    reason:
      'A denial with a body and the `http_status` 204, 205 or 304 is one with 403 and without a body: clients take the bytes for the next response; the plugin passes them on.',
    change: ({ answer }) =>
      [204, 205, 304].includes(answer.httpStatus) && answer.body !== '' ? FAILED : undefined,
  },
  {
    id: 'white-space',
    reason: 'White space around the value of a header is left out (RFC 9110, 5.5); the plugin passes it on.',
    change: (before) => {
      const trim = (lists: Lists): Lists => mapLists(lists, (values) => values.map((value) => value.trim()));
      const { headers, responseHeaders } = before.answer;
      return changed(before, { headers: trim(headers), responseHeaders: trim(responseHeaders) });
    },
  },
  {
    id: 'empty-values',
    reason:
      "Empty values of headers are left out, and an allowed request loses the client's own header of that name; the plugin passes them on, and what Envoy makes of them depends on its version.",
    change: (before) => {
      const { headers, responseHeaders, headersToRemove, allowed } = before.answer;
      const full = (lists: Lists): Lists =>
        mapLists(lists, (values) => values.filter((value) => value !== ''));
      const emptied = namesOf(headers).filter((name) => headers[name]?.every((value) => value === ''));
      return changed(before, {
        headers: full(headers),
        responseHeaders: full(responseHeaders),
        headersToRemove: allowed ? [...headersToRemove, ...emptied].sort(byCode) : headersToRemove,
      });
    },
  },
  {
    id: 'empty-lists',
    reason:
      "A header that is given an empty list has no value: an allowed request loses the client's own header of that name; the plugin leaves it.",
    change: (before, compared) =>
      isCase(compared, 'obligations', 'headers-empty-list')
        ? changed(before, { headersToRemove: ['x-one'] })
        : undefined,
  },
  {
    id: 'request-cookies',
    reason:
      'Several values of `cookie` for a request are sent as one with `; ` (RFC 6265, 5.4); the plugin sends them one by one, and Envoy appends with a comma.',
    change: (before) =>
      before.answer.allowed
        ? changed(before, {
            headers: mapLists(before.answer.headers, (values, name) =>
              name === 'cookie' ? [values.join('; ')] : values,
            ),
          })
        : undefined,
  },
  {
    id: 'response-lists',
    reason:
      'Several values of a name in `response_headers_to_add` are sent as one value with commas, but for cookies: Envoy appends before it overwrites, so that only the last would stay; the plugin sends them one by one.',
    change: (before) =>
      changed(before, {
        responseHeaders: mapLists(before.answer.responseHeaders, (values, name) =>
          name === 'set-cookie' ? values : [values.join(', ')],
        ),
      }),
  },
  {
    id: 'names-to-remove',
    reason:
      'Headers to remove are named in lower case and once each; the plugin passes on what the policy says.',
    change: (before) => {
      const names = before.answer.headersToRemove.map((name) => name.toLowerCase());
      return changed(before, { headersToRemove: [...new Set(names)].sort(byCode) });
    },
  },
  {
    id: 'twins',
    reason:
      'Headers whose names are those of one which the policy sets or removes but for `_` instead of `-` (or the other way round) are removed from the request, because CGI, WSGI and others read both as one, unless Envoy alone may write them; the plugin leaves them.',
    change: (before, { request }) => {
      const { allowed, headers, headersToRemove } = before.answer;
      const guarded = new Set([...namesOf(headers), ...headersToRemove]);
      if (!allowed || guarded.size === 0) return undefined;
      const sent = Object.keys(httpOf(request.bytes).headers);
      const twins = [...guarded]
        .flatMap((name) => spellings(name, sent))
        .filter((name) => !guarded.has(name) && !FRAMING.has(name));
      return changed(before, { headersToRemove: [...headersToRemove, ...new Set(twins)].sort(byCode) });
    },
  },
  {
    id: 'order-of-sets',
    reason:
      "A set in a decision becomes a list in the order in which OPA's WASM module holds it; the plugin sorts it. Policies that care write a list.",
    change: (before, compared) => {
      if (isCase(compared, 'obligations', 'sets'))
        return changed(before, { headers: { 'x-set': ['2', '1'] } });
      if (isCase(compared, 'obligations', 'metadata-sets'))
        return changed(before, { metadata: { set: ['b', 'a'] } });
      return undefined;
    },
  },
];
