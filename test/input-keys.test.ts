// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAN_FILE } from '../src/bundle/file-names.ts';
import { inputKeys } from '../src/policy/plan/input-keys.ts';
import { bundleOf } from './support/signed-bundles.ts';

/** A rule's text, and the top-level keys of the input that it can read; undefined: all of it. */
const TABLE: readonly [name: string, rules: string, keys: readonly string[] | undefined][] = [
  ['nothing', 'answer if 1 == 1', []],
  ['a key', 'answer if input.a.b == "x"', ['a']],
  ['a key by brackets', 'answer if input["a"][_] == "x"', ['a']],
  ['an import', 'import input.a.b as c\nanswer if c == "x"', ['a']],
  ['another rule', 'answer if other\nother if input.a == input.b', ['a', 'b']],
  ['a negation', 'answer if not other\nother if input.a', ['a']],
  ['a function', 'answer if f(input.a)\nf(x) if x == input.b', ['a', 'b']],
  ['a recursion of comprehensions', 'answer if count([x | x := input.a[_]; x > input.b]) > 1', ['a', 'b']],
  ['every', 'answer if { every x in input.a { x == input.b } }', ['a', 'b']],
  ['a builtin without arguments', 'answer if input.a > time.now_ns()', ['a']],
  ['a rule that is not asked', 'answer if input.a\nunasked if input.b', ['a']],
  ['a builtin of the whole', 'answer if json.marshal(input) == "x"', undefined],
  ['a variable key', 'answer if input[data.key]', undefined],
  ['every key', 'answer if input[_] == "x"', undefined],
  ['the whole, renamed', 'answer if { x := input; x.a == 1 }', undefined],
  ['the whole to a function', 'answer if f(input)\nf(x) if x.a', undefined],
  ['the whole compared', 'answer if input == {"a": 1}', undefined],
  ['the whole in a function', 'answer if f(1)\nf(_) if json.marshal(input) == "x"', undefined],
  ['with a replaced key', 'answer if other with input.a as 1\nother if input.a == input.b', undefined],
  ['with a replaced input', 'answer if other with input as {}\nother if input.a', undefined],
  ['a path that is computed', 'answer if data.q[input.a]', ['a', 'b', 'c']],
];

/** What a computed path can reach. */
const OTHER = 'package q\none if input.b\ntwo if input.c';

for (const [name, rules, keys] of TABLE) {
  test(`${name}: ${keys === undefined ? 'the whole input' : keys.join(', ') || 'nothing'}`, async () => {
    const files = await bundleOf(
      { 'p.rego': `package p\n${rules}`, 'q.rego': OTHER },
      { entrypoints: ['p/answer'] },
    );
    const plan = files.find(({ path }) => path === PLAN_FILE);
    assert.ok(plan);
    const found = inputKeys(plan.bytes);
    assert.deepEqual(found, keys === undefined ? {} : { 'p/answer': keys });
  });
}

test('a plan that cannot be understood tells nothing', () => {
  const plan = (stmt: unknown): Uint8Array =>
    Buffer.from(
      JSON.stringify({
        static: { strings: [] },
        plans: { plans: [{ name: 'p/answer', blocks: [{ stmts: [stmt] }] }] },
        funcs: { funcs: [] },
      }),
    );
  assert.deepEqual(inputKeys(plan({ type: 'NopStmt', stmt: {} })), { 'p/answer': [] });
  assert.deepEqual(inputKeys(plan({ type: 'NewStmt', stmt: {} })), {});
  assert.deepEqual(inputKeys(plan({ type: 'LenStmt', stmt: { source: { type: 'local', value: 0 } } })), {});
  assert.deepEqual(inputKeys(plan({ type: 'CallStmt', stmt: { func: 'f', args: [0] } })), {});
  assert.deepEqual(inputKeys(Buffer.from('{')), {});
  assert.deepEqual(inputKeys(Buffer.from('{}')), {});
});
