import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, NOTHING, ok } from '../../../test/support/check-answers.ts';
import type { JsonObject } from '../../json/value.ts';

test('actions on request headers are carried out by what the request holds', () => {
  const table: readonly (readonly [
    action: string,
    held: readonly string[],
    headers: readonly string[],
    remove: readonly string[],
  ])[] = [
    ['overwrite', ['x-a'], ['x-a=1 false/2'], []],
    ['overwrite', [], ['x-a=1 false/2'], []],
    ['append', ['x-a'], ['x-a=1 true/0'], []],
    ['append', ['X-A'], ['x-a=1 true/0'], []],
    ['append', [], ['x-a=1 false/2'], []],
    ['add_if_absent', ['x-a'], [], []],
    ['add_if_absent', [], ['x-a=1 false/2'], []],
    ['overwrite_if_exists', ['x-a'], ['x-a=1 false/2'], []],
    ['overwrite_if_exists', [], [], ['x-a']],
  ];
  for (const [action, held, headers, remove] of table) {
    const obligations = { headers: { 'x-a': { value: '1', action } } };
    for (const cached of [false, true, true]) {
      assert.deepEqual(
        ok(answer({ obligations, cached }, {}, held)),
        { ...NOTHING, headers, remove },
        action,
      );
    }
    const identity = ok(answer({ obligations }, { identityHeaders: ['x-a'] }, held));
    assert.deepEqual(identity, { ...NOTHING, headers: ['x-a=1 false/2'] }, `${action} on an identity header`);
  }
});

test("actions on the upstream's headers are Envoy's", () => {
  const table = { append: '-/0', add_if_absent: '-/1', overwrite: 'false/2', overwrite_if_exists: '-/3' };
  for (const [action, form] of Object.entries(table)) {
    const obligations = { response_headers_to_add: { 'x-a': { value: '1', action } } };
    assert.deepEqual(ok(answer({ obligations }))['response'], [`x-a=1 ${form}`]);
  }
});

test('identity headers are what the policy sets, or removed; twins go', () => {
  const identityHeaders = ['x-user', 'x-tenant'];
  const table: readonly (readonly [
    obligations: JsonObject | undefined,
    held: readonly string[],
    headers: readonly string[],
    remove: readonly string[],
  ])[] = [
    [undefined, [], [], ['x-user', 'x-tenant']],
    [undefined, ['x-user', 'x_user', 'accept_x'], [], ['x-user', 'x-tenant', 'x_user']],
    [{ headers: { 'x-user': 'a' } }, ['x-user', 'x_tenant'], ['x-user=a false/2'], ['x-tenant', 'x_tenant']],
    [{ headers: { 'x-user': '' } }, ['x-user'], [], ['x-user', 'x-tenant']],
    [
      { headers: { 'x-user': ['a', 'b'] } },
      ['x-user'],
      ['x-user=a false/2', 'x-user=b true/0'],
      ['x-tenant'],
    ],
    [
      { headers: { 'x-org-id': 'o' } },
      ['x_org-id', 'x-org_id', 'x-org-id'],
      ['x-org-id=o false/2'],
      ['x-user', 'x-tenant', 'x_org-id', 'x-org_id'],
    ],
    [{ headers: { x_user: 'a' } }, ['x_user'], ['x_user=a false/2'], ['x-user', 'x-tenant']],
    [{ request_headers_to_remove: ['x-user'] }, [], [], ['x-user', 'x-tenant']],
  ];
  for (const [obligations, held, headers, remove] of table) {
    for (const cached of [false, true, true]) {
      const response = answer({ obligations, cached }, { identityHeaders }, held);
      assert.deepEqual(ok(response), { ...NOTHING, headers, remove }, JSON.stringify([obligations, held]));
    }
  }
});
