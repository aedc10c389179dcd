import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spellingsOf, twinOf, twinsOf } from './identity-headers.ts';

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
