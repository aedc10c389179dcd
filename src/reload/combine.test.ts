import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleData } from '../bundle/data.ts';
import type { OpenedBundle } from '../bundle/open.ts';
import { type ErrorCode, PortcullisError } from '../errors.ts';
import type { ModuleDescriptor } from '../policy/descriptor.ts';
import type { PreparedBundle } from './activation.ts';
import { combine } from './combine.ts';

interface Parts {
  readonly roots?: string[];
  readonly data?: string;
  readonly entrypoints?: string[];
  readonly digest?: string;
  readonly rego?: string;
  readonly plan?: Uint8Array;
}

/** A prepared bundle as far as combining looks at it. */
function bundle(
  name: string,
  { roots = [name], data = '{}', entrypoints, digest = name, rego, plan }: Parts,
): PreparedBundle {
  const module =
    entrypoints &&
    ({
      bundle: name,
      digest,
      entrypoints: Object.fromEntries(entrypoints.map((path, index) => [path, index])),
      builtins: {},
      plan,
    } as unknown as ModuleDescriptor);
  const opened = {
    manifest: { revision: `revision of ${name}`, roots, wasm: [], metadata: {}, portcullis: undefined },
    data: bundleData([{ path: 'data.json', bytes: Buffer.from(data) }]),
    sources: rego === undefined ? [] : [{ path: `${name}.rego`, bytes: Buffer.from(rego) }],
    module: entrypoints && { bytes: new Uint8Array(), digest, entrypoints },
  } as unknown as OpenedBundle;
  return { name, bundle: opened, module, sequence: undefined };
}

const rules = (entrypoints?: string[], defaultEntrypoint?: string, planned: string[] = []) => ({
  name: 'set',
  entrypoints,
  defaultEntrypoint,
  planned,
});
const policy = (parts: Parts = {}) => bundle('policy', { entrypoints: ['a/allow', 'a/other'], ...parts });

test('bundles make one policy set, their data merged without loss', () => {
  const descriptor = combine(
    rules(),
    [
      policy({
        roots: ['a', 'shared/x'],
        data: '{"a":{"n":1.0},"shared":{"x":{"big":12345678901234567890}}}',
      }),
      bundle('users', { roots: ['shared/users'], data: '{"shared":{"users":["bob"]}}' }),
    ],
    7,
  );
  assert.equal(
    Buffer.from(descriptor.dataJson).toString(),
    '{"a":{"n":1.0},"shared":{"users":["bob"],"x":{"big":12345678901234567890}}}',
  );
  assert.deepEqual(descriptor.entrypoints, ['a/allow', 'a/other']);
  assert.equal(descriptor.defaultEntrypoint, 'a/allow');
  assert.deepEqual(descriptor.revisions, { policy: 'revision of policy', users: 'revision of users' });
  assert.equal(descriptor.activatedAtMs, 7);
});

test('data that no values can be made of is told of with its bundle', () => {
  const deep = bundle('deep', { roots: ['a'] });
  const data = bundleData([{ path: `${'a/'.repeat(200_000)}data.json`, bytes: Buffer.from('1') }]);
  const users = bundle('users', { roots: ['b'], data: '{"b":1}' });
  const all = [policy({ roots: ['c'] }), users, { ...deep, bundle: { ...deep.bundle, data } }];
  assert.throws(() => combine(rules(), all, 0), {
    code: 'bundle_data_invalid',
    message: /^policy set set: bundle deep: no values can be made of the data: /,
  });
});

test('the operator narrows what may be asked', () => {
  const narrowed = combine(rules(['a/other']), [policy()], 0);
  assert.deepEqual(narrowed.entrypoints, ['a/other']);
  assert.equal(narrowed.defaultEntrypoint, 'a/other');
  assert.equal(combine(rules(undefined, 'a/other'), [policy()], 0).defaultEntrypoint, 'a/other');
});

test('the operator has the plan evaluator answer an entrypoint', () => {
  const plan = Buffer.from('{}');
  assert.deepEqual(combine(rules(undefined, undefined, ['a/other']), [policy({ plan })], 0).planned, [
    'a/other',
  ]);
});

test('what does not fit together is refused', () => {
  const table: [ErrorCode, string, () => unknown][] = [
    [
      'bundle_roots_overlap',
      'the same root',
      () => combine(rules(), [policy(), bundle('b', { roots: ['policy'] })], 0),
    ],
    [
      'bundle_roots_overlap',
      'a root inside',
      () => combine(rules(), [policy(), bundle('b', { roots: ['policy/x'] })], 0),
    ],
    [
      'bundle_roots_overlap',
      'everything',
      () => combine(rules(), [policy(), bundle('b', { roots: [''] })], 0),
    ],
    ['bundle_module_missing', 'data alone', () => combine(rules(), [bundle('b', {})], 0)],
    [
      'bundle_entrypoint_conflict',
      'twice',
      () => combine(rules(), [policy(), bundle('b', { entrypoints: ['a/allow'] })], 0),
    ],
    ['bundle_entrypoint_unknown', 'not declared', () => combine(rules(['a/none']), [policy()], 0)],
    [
      'bundle_entrypoint_unknown',
      'no such default',
      () => combine(rules(undefined, 'a/none'), [policy()], 0),
    ],
    [
      'bundle_entrypoint_unknown',
      'planned, but not declared',
      () => combine(rules(undefined, undefined, ['a/none']), [policy()], 0),
    ],
    [
      'bundle_plan_missing',
      'planned, but without a plan',
      () => combine(rules(undefined, undefined, ['a/allow']), [policy()], 0),
    ],
  ];
  for (const [code, what, act] of table) {
    assert.throws(act, (error) => error instanceof PortcullisError && error.code === code, what);
  }
});

test('digests follow content, and nothing else', () => {
  const digests = (bundles: PreparedBundle[]) => {
    const { policyDigest, dataDigest } = combine(rules(), bundles, Math.random());
    return { policyDigest, dataDigest };
  };
  const base = digests([policy({ data: '{"policy":{"a":1,"b":2}}' })]);
  assert.deepEqual(digests([policy({ data: '{ "policy": {"b":2, "a":1} }' })]), base);
  assert.notEqual(digests([policy({ data: '{"policy":{"a":1.0,"b":2}}' })]).dataDigest, base.dataDigest);
  assert.notEqual(digests([policy({ digest: 'other' })]).policyDigest, base.policyDigest);
});

test('policies that refer to rules of another bundle are refused, since they would not see them', () => {
  const owner = bundle('b', { rego: 'package b.rules\ndeny := true\n' });
  const refused = [
    'allow if not data.b.rules.deny',
    'import data.b.rules',
    'allow if not data["b"].rules.deny',
    'allow if data.b.rules',
    'allow if count(data.b) > 0',
  ];
  const accepted = [
    'allow if data.b.other',
    'allow if data.bb.rules',
    '# see data.b.rules.deny\nallow if data.a.users',
    'allow if metadata.b.rules',
    'allow if input.data.b.rules',
  ];
  const combined = (line: string) => () =>
    combine(rules(), [policy({ rego: `package a\n${line}\n` }), owner], 0);
  for (const line of refused) {
    assert.throws(combined(line), { code: 'bundle_cross_reference' }, line);
  }
  for (const line of accepted) assert.ok(combined(line)(), line);
});
