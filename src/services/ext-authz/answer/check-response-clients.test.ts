import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { answer, OPTIONS } from '../../../../test/support/check-answers.ts';
import { PortcullisError } from '../../../errors.ts';
import type { OkHttpResponse } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import type { JsonObject, JsonValue } from '../../../json/value.ts';
import type { AnswerOptions } from './check-response.ts';

/** Few names, so that they meet. */
const NAMES = ['x-roles', 'X-Roles', 'x_roles', 'x-org-id', 'x-a-b-c-d', 'cookie'];
const SPELLINGS = [
  'x-roles',
  'x_roles',
  'x-org-id',
  'x_org-id',
  'x-org_id',
  'x_org_id',
  'x-a-b-c-d',
  'x_a_b_c_d',
];

const texts = fc.constantFrom('', ' ', 'a', 'b');
const actions = fc.constantFrom('overwrite', 'append', 'add_if_absent', 'overwrite_if_exists');
const item = fc.oneof(texts, fc.record({ value: texts, action: actions }, { requiredKeys: ['value'] }));
const given = fc.oneof(item, fc.array(item, { maxLength: 3 }));
const objects = fc.array(fc.dictionary(fc.constantFrom(...NAMES), given, { maxKeys: 3 }), { maxLength: 3 });
const clients = fc.subarray([...SPELLINGS, 'cookie']);
const removals = fc.subarray(NAMES, { maxLength: 2 });
const identities = fc.subarray(['x-roles', 'x-org-id']);

type Item = string | { readonly value: string; readonly action?: string };

/** By name, what the policy gives it, in its order. An empty list is nothing, which overwrites; to add nothing is to say nothing. */
function itemsByName(
  headers: readonly Record<string, JsonValue>[],
): Map<string, { value: string; action: string }[]> {
  const byName = new Map<string, { value: string; action: string }[]>();
  for (const [key, value] of headers.flatMap((object) => Object.entries(object))) {
    const list = (Array.isArray(value) ? (value.length === 0 ? [''] : value) : [value]) as Item[];
    const items = byName.get(key.toLowerCase()) ?? [];
    for (const one of list) {
      const { value: text, action = '' } = typeof one === 'string' ? { value: one } : one;
      if (text.trim() !== '' || !/append|add/.test(action)) items.push({ value: text.trim(), action });
    }
    if (items.length > 0) byName.set(key.toLowerCase(), items);
  }
  return byName;
}

type Applied = Map<string, string>;

/** What Envoy 1.40 makes of a request (see check-response-http.ts): sets, appends to what is there, removes. */
function appliedBy140({ headers, headersToRemove }: OkHttpResponse, request: Applied): Applied {
  const result = new Map(request);
  for (const { header, append } of headers) if (append !== true) result.set(header!.key, header!.value);
  for (const { header, append } of headers) {
    const before = result.get(header!.key);
    if (append === true && before !== undefined) result.set(header!.key, `${before},${header!.value}`);
  }
  for (const name of headersToRemove) result.delete(name);
  return result;
}

/** What Envoy 1.37.0 makes of it: each in its turn, by `append_action`. */
function appliedBy137({ headers, headersToRemove }: OkHttpResponse, request: Applied): Applied {
  const result = new Map(request);
  for (const { header, appendAction } of headers) {
    const before = appendAction === 0 ? result.get(header!.key) : undefined;
    result.set(header!.key, before === undefined ? header!.value : `${before},${header!.value}`);
  }
  for (const name of headersToRemove) result.delete(name);
  return result;
}

function okOf(
  obligations: JsonObject,
  shown: readonly string[],
  options: AnswerOptions,
): OkHttpResponse | undefined {
  try {
    const { httpResponse } = answer({ obligations }, options, shown);
    assert.ok(httpResponse.case === 'okResponse');
    return httpResponse.value;
  } catch (thrown) {
    if (thrown instanceof PortcullisError && thrown.code === 'obligations_invalid') return undefined;
    throw thrown;
  }
}

test("nothing of the client's survives under a name that is removed or whose first mutation overwrites, however it is spelt", () => {
  let answered = 0;
  const property = fc.property(
    objects,
    removals,
    clients,
    clients,
    identities,
    (headers, toRemove, sent, allowedHeaders, identityHeaders) => {
      const obligations = { headers, request_headers_to_remove: toRemove } as unknown as JsonObject;
      // With `allowed_headers` the check holds a part of them.
      const shown = sent.filter((name) => allowedHeaders.includes(name));
      const response = okOf(obligations, shown, { ...OPTIONS, identityHeaders });
      if (response === undefined) return;
      answered++;
      const byName = itemsByName(headers);
      const removed = new Set(toRemove.map((name) => name.toLowerCase()));
      const overwritten = [...byName].filter(([, [first]]) => /^$|overwrite/.test(first!.action));
      const guarded = new Set([...identityHeaders, ...removed, ...overwritten.map(([name]) => name)]);
      const setNames = [...byName].filter(([, items]) => items.some(({ value }) => value !== ''));
      const named = new Set([...guarded, ...setNames.map(([name]) => name)]);
      const request = new Map(sent.map((name) => [name, 'client']));
      for (const result of [appliedBy140(response, request), appliedBy137(response, request)]) {
        for (const name of guarded) assert.ok(!result.get(name)?.includes('client'), name);
        for (const name of removed) assert.equal(result.get(name), undefined, name);
        for (const name of sent.filter((spelling) => !named.has(spelling))) {
          const isTwin = [...named].some((other) => other.replaceAll('_', '-') === name.replaceAll('_', '-'));
          assert.equal(result.get(name), isTwin ? undefined : 'client', name);
        }
        for (const [name, items] of overwritten) {
          if (items[0]!.action === 'overwrite_if_exists' || removed.has(name)) continue;
          const values = items.map(({ value }) => value).filter((value) => value !== '');
          const expected = values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ',');
          assert.equal(result.get(name), expected, `${name} is what the policy gives`);
        }
      }
    },
  );
  fc.assert(property, { numRuns: 1_000 });
  assert.ok(answered > 300, `${answered} were answered: the others are refused for too much`);
});
