// needs: opa
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { buildModule } from '../../../test/support/rego-module.ts';
import type { ErrorCode } from '../../errors.ts';
import { compileModule } from './compile.ts';

const BUILTINS = [
  { name: 'test.zero', arity: 0 },
  { name: 'test.one', arity: 1 },
];
const bytes = await buildModule({
  rego: ['package a\nallow if input.x == test.one(test.zero())', 'package b.c\nnames contains "x"'],
  entrypoints: ['a/allow', 'b/c/names'],
  builtins: BUILTINS,
});
const known = new Set(BUILTINS.map(({ name }) => name));

/** `i32.const 1` and `i32.const 3`, the values of the two version globals. */
const VERSIONS = Buffer.from([0x7f, 0, 0x41, 1, 0x0b, 0x7f, 0, 0x41, 3, 0x0b]);

function withVersion(major: number, minor: number): Buffer {
  const patched = Buffer.from(bytes);
  const at = patched.indexOf(VERSIONS);
  patched[at + 3] = major;
  patched[at + 8] = minor;
  return patched;
}

/** Replaces one name in the module by another of equal length. */
function renamed(from: string, to: string): Buffer {
  const patched = Buffer.from(bytes);
  for (let at = patched.indexOf(from); at !== -1; at = patched.indexOf(from, at + 1)) patched.write(to, at);
  return patched;
}

test('a module says what it offers and needs', async () => {
  const module = await compileModule('shop', bytes, known);
  assert.equal(module.bundle, 'shop');
  assert.equal(module.digest, createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual({ ...module.entrypoints }, { 'a/allow': 0, 'b/c/names': 1 });
  assert.deepEqual(Object.keys(module.builtins).sort(), ['test.one', 'test.zero']);
  assert.ok(module.memoryPages.minimum >= 2);
});

test('a descriptor survives a structured clone', async () => {
  const module = await compileModule('shop', bytes, known);
  assert.deepEqual(Object.keys(structuredClone(module).entrypoints).sort(), ['a/allow', 'b/c/names']);
});

test('every builtin that is not known is named', async () => {
  await assert.rejects(compileModule('shop', bytes, new Set()), {
    code: 'bundle_builtin_unknown',
    message: 'module of bundle "shop" calls builtins that this server does not offer: test.one, test.zero',
  });
});

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no bytes', Buffer.alloc(0), /not a WebAssembly module/],
  ['text', Buffer.from('package a'), /not a WebAssembly module/],
  ['half a module', bytes.subarray(0, bytes.length / 2), /not a WebAssembly module/],
  [
    'an empty module',
    Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    /does not export opa_malloc, .*entrypoints/,
  ],
  ['a missing export', renamed('opa_value_dump', 'opa_value_dumq'), /does not export opa_value_dump$/],
  ['a foreign import', renamed('opa_builtin4', 'opa_builtin5'), /imports env.opa_builtin5/],
  ['an ABI of another major version', withVersion(2, 0), /its ABI is 2\.0/],
  ['an ABI that is too old', withVersion(1, 1), /its ABI is 1\.1/],
  ['no ABI version', renamed('opa_wasm_abi_version', 'opa_wasm_abi_versiom'), /does not export the version/],
];

for (const [what, module, message] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const code: ErrorCode = 'bundle_module_invalid';
    await assert.rejects(compileModule('shop', module, known), { code, message });
  });
}

test('ABI 1.2 and later minor versions are accepted', async () => {
  for (const minor of [2, 3, 4]) await compileModule('shop', withVersion(1, minor), known);
});
