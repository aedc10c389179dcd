import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, NOTHING, ok } from '../../../../test/support/check-answers.ts';
import type { JsonObject } from '../../../json/value.ts';

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
        { ...NOTHING, headers, remove: [...remove, 'x_a'] },
        action,
      );
    }
    const identity = ok(answer({ obligations }, { identityHeaders: ['x-a'] }, held));
    assert.deepEqual(
      identity,
      { ...NOTHING, headers: ['x-a=1 false/2'], remove: ['x_a'] },
      `${action} on an identity header`,
    );
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
  const twins = ['x_user', 'x_tenant'];
  const table: readonly (readonly [
    obligations: JsonObject | undefined,
    held: readonly string[],
    headers: readonly string[],
    remove: readonly string[],
  ])[] = [
    [undefined, [], [], ['x-user', 'x-tenant', ...twins]],
    [undefined, ['x-user', 'x_user', 'accept_x'], [], ['x-user', 'x-tenant', ...twins]],
    [{ headers: { 'x-user': 'a' } }, ['x-user', 'x_tenant'], ['x-user=a false/2'], ['x-tenant', ...twins]],
    [{ headers: { 'x-user': '' } }, ['x-user'], [], ['x-user', 'x-tenant', ...twins]],
    [
      { headers: { 'x-user': ['a', 'b'] } },
      ['x-user'],
      ['x-user=a false/2', 'x-user=b true/0'],
      ['x-tenant', ...twins],
    ],
    [
      { headers: { 'x-org-id': 'o' } },
      ['x_org-id', 'x-org_id', 'x-org-id'],
      ['x-org-id=o false/2'],
      ['x-user', 'x-tenant', ...twins, 'x-org_id', 'x_org-id', 'x_org_id'],
    ],
    [{ headers: { x_user: 'a' } }, ['x_user'], ['x_user=a false/2'], ['x-user', 'x-tenant', 'x_tenant']],
    [{ request_headers_to_remove: ['x-user'] }, [], [], ['x-user', 'x-tenant', ...twins]],
  ];
  for (const [obligations, held, headers, remove] of table) {
    for (const cached of [false, true, true]) {
      const response = answer({ obligations, cached }, { identityHeaders }, held);
      assert.deepEqual(ok(response), { ...NOTHING, headers, remove }, JSON.stringify([obligations, held]));
    }
  }
});

test('twins go whether or not the check holds them, also of names that are emptied or removed', () => {
  const long = 'x-a-b-c-d';
  const table: readonly (readonly [
    obligations: JsonObject,
    held: readonly string[],
    remove: readonly string[],
  ])[] = [
    [{ headers: { 'x-roles': 'a' } }, [], ['x_roles']],
    [{ headers: { 'x-roles': '' } }, [], ['x-roles', 'x_roles']],
    [{ headers: { 'x-roles': [] } }, ['x_roles'], ['x-roles', 'x_roles']],
    [{ request_headers_to_remove: ['x-roles'] }, ['x_roles'], ['x-roles', 'x_roles']],
    [{ headers: { 'x-roles': { value: 'a', action: 'overwrite_if_exists' } } }, [], ['x-roles', 'x_roles']],
    [{ headers: { 'x-roles': { value: 'a', action: 'add_if_absent' } } }, [], ['x_roles']],
    [{ headers: { 'x-roles': 'a', x_roles: 'b' } }, [], []],
    [{ headers: { x_roles: 'a' } }, [], ['x-roles']],
    [{ headers: { user: 'a' } }, ['u_ser'], []],
    [{ request_headers_to_remove: [long] }, [], [long, 'x_a_b_c_d']],
    [
      { request_headers_to_remove: [long] },
      ['x_a-b-c-d', 'x_a_b_c_d', long],
      [long, 'x_a_b_c_d', 'x_a-b-c-d'],
    ],
    // What frames the message is Envoy's, also where it is the twin of a name that may be removed.
    [{ request_headers_to_remove: ['transfer_encoding'] }, ['transfer-encoding'], ['transfer_encoding']],
  ];
  for (const [obligations, held, remove] of table) {
    for (const cached of [false, true, true]) {
      assert.deepEqual(
        ok(answer({ obligations, cached }, {}, held))['remove'],
        remove,
        JSON.stringify(obligations),
      );
    }
  }
});
