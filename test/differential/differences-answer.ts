/** Where Portcullis answers otherwise than opa-envoy-plugin under the same decision. */
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
const FRAMING =
  /^(?:host|connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|content-length)$/i;
const OF_ENVOY = /^x-envoy-(?:original-path|internal|auth-partial-body)$/;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const NOT_IN_QUERY = /[^\x21-\x7e]|[&#;]/;

function setsForbiddenName({ answer }: Expected): boolean {
  const set = [...namesOf(answer.headers), ...namesOf(answer.responseHeaders), ...answer.headersToRemove];
  const ofEnvoy = answer.allowed && namesOf(answer.headers).some((name) => OF_ENVOY.test(name));
  return ofEnvoy || set.some((name) => NO_NAME.test(name) || FRAMING.test(name));
}

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
        ? { answer: { ...before.answer, rpc: 0, allowed: true, metadata: { n: '1e999' } }, problem: '' }
        : undefined,
  },
  {
    id: 'wrong-types-denied',
    reason:
      'A decision that is neither a boolean nor an object with a boolean `allowed`, or whose obligations have the wrong type, is a denial (403); the plugin fails the RPC.',
    change: ({ problem }) => (/^(?:failed to get|illegal value)/.test(problem) ? FAILED : undefined),
  },
  {
    id: 'forbidden-headers',
    reason:
      'A decision that sets or removes a header which Envoy alone may write (`host`, `content-length`, what belongs to the connection, names with `:`, some `x-envoy-` names), or whose name is none, is a denial (403); the plugin passes it on.',
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
      const wrong = names.includes('') || names.some(isWrong) || valuesOf(queryToSet).some(isWrong);
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
      'Headers whose names are those of one which the policy sets or removes but for `_` instead of `-` (or the other way round) are removed from the request, because CGI, WSGI and others read both as one; the plugin leaves them.',
    change: (before, { request }) => {
      const { allowed, headers, headersToRemove } = before.answer;
      const guarded = new Set([...namesOf(headers), ...headersToRemove]);
      if (!allowed || guarded.size === 0) return undefined;
      const sent = Object.keys(httpOf(request.bytes).headers);
      const twins = [...guarded]
        .flatMap((name) => spellings(name, sent))
        .filter((name) => !guarded.has(name));
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
