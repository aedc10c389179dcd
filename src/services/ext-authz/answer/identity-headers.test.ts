import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardOf, spellingsOf, twinOf, twinsOf } from './identity-headers.ts';

test('twins are the same name to a server that reads `_` as `-`, spelt otherwise', () => {
  const table: readonly (readonly [
    names: readonly string[],
    request: readonly string[],
    twins: readonly string[],
  ])[] = [
    [['x-user'], ['x-user', 'accept'], []],
    [['x-user'], ['x_user'], ['x_user']],
    [['x-user'], ['X_User'], ['x_user']],
    [
      ['x-user-id'],
      ['x_user-id', 'x-user_id', 'x_user_id', 'x-user-id'],
      ['x_user-id', 'x-user_id', 'x_user_id'],
    ],
    [['x_user'], ['x-user', 'x_user'], ['x-user']],
    [['x_user', 'x-user'], ['x-user', 'x_user'], []],
    [['x-user'], ['xuser', 'x--user', 'x_user_', 'x_users'], []],
    [['X-User'], ['x-user', 'x_user'], ['x_user']],
    [[], ['x_user'], []],
    [['x-user'], [], []],
  ];
  for (const [names, request, twins] of table) {
    assert.deepEqual(
      twinsOf(request, spellingsOf(names)),
      twins,
      `${names.join()} against ${request.join()}`,
    );
    assert.equal(twinOf(request, names), twins[0]);
  }
});

test('names that objects have are names like any other', () => {
  for (const name of ['__proto__', 'constructor', 'to_string']) {
    assert.deepEqual(twinsOf([name], spellingsOf(['x-user'])), []);
  }
  assert.equal(twinOf(['__proto__'], ['--proto--']), '__proto__');
});

test('a guard knows the twins of a name by itself, and finds those of a long one in the request', () => {
  const table: readonly (readonly [names: readonly string[], always: readonly string[]])[] = [
    [[], []],
    [['authorization'], []],
    [['X-User'], ['x_user']],
    [['x-org-id'], ['x_org-id', 'x-org_id', 'x_org_id']],
    [['x-org_id'], ['x-org-id', 'x_org-id', 'x_org_id']],
    [['x-user', 'x_user'], []],
    [['x-a-b-c'], ['x_a-b-c', 'x-a_b-c', 'x_a_b-c', 'x-a-b_c', 'x_a-b_c', 'x-a_b_c', 'x_a_b_c']],
    [['x-a-b-c-d'], ['x_a_b_c_d']],
    [['x_a-b-c-d'], ['x-a-b-c-d', 'x_a_b_c_d']],
    [['te-'], ['te_']],
    [['transfer_encoding'], []],
  ];
  for (const [names, always] of table) {
    assert.deepEqual([...guardOf(names).always].sort(), [...always].sort(), names.join());
  }
  const { further } = guardOf(['x-user', 'x-a-b-c-d']);
  const request = ['x_user', 'x-a_b-c-d', 'x_a_b_c_d', 'x-a-b-c-d', 'accept'];
  assert.deepEqual(twinsOf(request, further), ['x-a_b-c-d']);
  assert.equal(guardOf(['x-user', 'x-org-id']).further.exact.size, 0, 'nothing to look for');
});
