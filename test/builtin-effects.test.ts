// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import type { Effect } from '../src/policy/builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';

/** What each builtin's result depends on beyond its arguments. Those that are not here depend on nothing else. */
const EFFECTS: Readonly<Record<string, readonly Effect[]>> = {
  'crypto.x509.parse_and_verify_certificates': ['window'],
  'crypto.x509.parse_and_verify_certificates_with_options': ['window'],
  'http.send': ['network'],
  'internal.print': ['print'],
  'io.jwt.decode_verify': ['window'],
  'io.jwt.encode_sign': ['random'],
  'io.jwt.encode_sign_raw': ['random'],
  'net.lookup_ip_addr': ['network'],
  'opa.runtime': ['host'],
  'rand.intn': ['random'],
  'time.now_ns': ['clock'],
  trace: ['print'],
  'uuid.rfc4122': ['random'],
};

/** Where OPA's flag `nondeterministic` says something else than the table, and why the table is right. */
const OTHER_THAN_OPA: Readonly<Record<string, string>> = {
  'crypto.x509.parse_and_verify_certificates':
    'OPA flags it not, yet certificates are valid for a time: the wall clock decides',
  'crypto.x509.parse_and_verify_certificates_with_options': 'the same: options may give a time, but need not',
  'internal.print':
    'OPA flags it not, since its result is always true; that it prints must not be lost to a cache',
  'json.match_schema': 'OPA may fetch what a schema refers to; nothing is ever fetched here',
  'json.verify_schema': 'the same',
  trace: 'as internal.print',
};

interface OpaBuiltin {
  readonly name: string;
  readonly nondeterministic?: boolean;
}

async function builtinsOfOpa(): Promise<readonly OpaBuiltin[]> {
  const { stdout } = await runOpa(['capabilities', '--current']);
  return (JSON.parse(stdout.toString('utf8')) as { builtins: OpaBuiltin[] }).builtins;
}

test('each builtin has the effects of the table', () => {
  const offered = [...BUILTINS.values(), ...NATIVE_BUILTINS.values()];
  assert.ok(offered.length > 190, `${offered.length} builtins`);
  const actual = offered
    .filter(({ effects }) => effects.length > 0)
    .map(({ name, effects }) => [name, effects]);
  assert.deepEqual(Object.fromEntries(actual), EFFECTS);
});

test('a module implements no builtin that has effects', () => {
  const found = [...NATIVE_BUILTINS.values()].filter(({ effects }) => effects.length > 0);
  assert.deepEqual(found, []);
});

test('the table says what OPA says, but for the reasons given', async () => {
  const builtins = await builtinsOfOpa();
  const differing = builtins.filter(
    ({ name, nondeterministic }) =>
      (BUILTINS.has(name) || NATIVE_BUILTINS.has(name)) &&
      (nondeterministic ?? false) !== Object.hasOwn(EFFECTS, name),
  );
  assert.deepEqual(differing.map(({ name }) => name).sort(), Object.keys(OTHER_THAN_OPA).sort());
});
