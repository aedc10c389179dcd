// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPILE_TIME, NATIVE, NOT_OFFERED } from '../scripts/docs/texts/builtins.ts';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { NATIVE_BUILTINS } from '../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';

test('each builtin of the pinned OPA stands in exactly one list of docs/builtins.md', async () => {
  const { stdout } = await runOpa(['capabilities', '--current']);
  const { builtins } = JSON.parse(stdout.toString('utf8')) as { builtins: { name: string }[] };
  const listed = [...NATIVE, ...COMPILE_TIME, ...BUILTINS.keys(), ...[...NOT_OFFERED.values()].flat()];
  assert.deepEqual(listed.sort(), builtins.map(({ name }) => name).sort());
});

test('each builtin that modules implement themselves is there for evaluators of plans, and the host offers no module one', () => {
  assert.deepEqual([...NATIVE_BUILTINS.keys()].sort(), [...NATIVE].sort());
  assert.deepEqual(
    [...NATIVE_BUILTINS.keys()].filter((name) => BUILTINS.has(name)),
    [],
  );
});
