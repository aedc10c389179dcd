import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { canonicalJson } from '../json/canonical.ts';
import type { Bundle, BundleFile } from './bundle.ts';
import { matchesGlob } from './glob.ts';
import { sha256Hex } from './hash.ts';
import { readBundle } from './read.ts';

const MODULE = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const ARCHIVE = Buffer.from('archive');

function read(files: Readonly<Record<string, string | Uint8Array>>): Bundle {
  const list: BundleFile[] = Object.entries(files).map(([path, content]) => ({
    path,
    bytes: Buffer.from(content),
  }));
  return readBundle(list, ARCHIVE);
}

const opaManifest = (...wasm: { entrypoint: string; module: string }[]): string =>
  JSON.stringify({ roots: ['a'], wasm });

describe('readBundle', () => {
  it("reads OPA's own layout, and trusts no plan in it", () => {
    const bundle = read({
      'data.json': '{"a":{"n":1.0}}',
      'a/x.rego': 'package a\n',
      'policy.wasm': MODULE,
      'plan.json': '{}',
      '.manifest': opaManifest(
        { entrypoint: 'a/allow', module: '/policy.wasm' },
        { entrypoint: 'a/deny', module: 'policy.wasm' },
      ),
    });
    assert.deepEqual(bundle.module, {
      bytes: MODULE,
      digest: sha256Hex(MODULE),
      entrypoints: ['a/allow', 'a/deny'],
    });
    assert.equal(bundle.plan, undefined);
    assert.equal(bundle.archiveDigest, sha256Hex(ARCHIVE));
    assert.deepEqual(
      bundle.sources.map(({ path }) => path),
      ['a/x.rego'],
    );
  });

  it('reads a bundle of data alone', () => {
    const bundle = read({
      '.manifest': '{}',
      'a/b/data.json': '1.50',
      'a/c/data.yml': 'x: 0x10',
      'a/data.yaml': 'd: e',
    });
    assert.deepEqual(bundle.manifest.roots, ['']);
    assert.equal(bundle.module, undefined);
    assert.equal(canonicalJson(bundle.data.document), '{"a":{"b":1.50,"c":{"x":16},"d":"e"}}');
  });

  it('reads what a builder of data alone binds: the digest of nothing', () => {
    const nothing = sha256Hex(Buffer.alloc(0));
    const portcullis = {
      format: 1,
      builder: 'b',
      opaVersion: '1',
      entrypoints: [],
      digests: { module: nothing, plan: nothing },
      sequence: 3,
      capabilities: [],
    };
    const bundle = read({
      '.manifest': JSON.stringify({ metadata: { portcullis, owner: 'x' } }),
      'data.json': '{}',
    });
    assert.equal(bundle.module, undefined);
    assert.equal(bundle.manifest.portcullis?.sequence, 3);
    assert.equal(bundle.manifest.metadata['owner'], 'x');
  });

  it('keeps what several files share unchanged', () => {
    const files: BundleFile[] = [
      { path: '.manifest', bytes: Buffer.from('{}') },
      { path: 'data.json', bytes: Buffer.from('{"a":{"x":1}}') },
      { path: 'a/data.json', bytes: Buffer.from('{"y":2}') },
    ];
    assert.equal(canonicalJson(readBundle(files, ARCHIVE).data.document), '{"a":{"x":1,"y":2}}');
    assert.equal(canonicalJson(readBundle(files, ARCHIVE).data.document), '{"a":{"x":1,"y":2}}');
  });

  const refused: [name: string, code: string, files: Record<string, string | Uint8Array>][] = [
    ['no manifest', 'bundle_manifest_missing', { 'data.json': '{}' }],
    ['a binary manifest', 'bundle_manifest_invalid', { '.manifest.pb': 'x' }],
    ['a manifest that is a list', 'bundle_manifest_invalid', { '.manifest': '[]' }],
    ['a manifest that is a number', 'bundle_manifest_invalid', { '.manifest': '1.0' }],
    [
      'a format to come',
      'bundle_manifest_invalid',
      { '.manifest': '{"metadata":{"portcullis":{"format":2}}}' },
    ],
    [
      'an empty entrypoint',
      'bundle_manifest_invalid',
      { '.manifest': opaManifest({ entrypoint: 'a//b', module: 'm' }) },
    ],
    ['roots that overlap once trimmed', 'bundle_roots_overlap', { '.manifest': '{"roots":["a/b/","/a"]}' }],
    ['the whole as one of two roots', 'bundle_roots_overlap', { '.manifest': '{"roots":["","a"]}' }],
    [
      'data beside the root',
      'bundle_outside_roots',
      { '.manifest': '{"roots":["a/b"]}', 'data.json': '{"a":{"b":1,"c":2}}' },
    ],
    [
      'data above the root',
      'bundle_outside_roots',
      { '.manifest': '{"roots":["a/b"]}', 'data.json': '{"a":1}' },
    ],
    [
      'data beside a root with the same beginning',
      'bundle_outside_roots',
      { '.manifest': '{"roots":["a"]}', 'ab/data.json': '1' },
    ],
    ['data with no root', 'bundle_outside_roots', { '.manifest': '{"roots":[]}', 'a/data.json': '1' }],
    [
      'an entrypoint outside',
      'bundle_outside_roots',
      { '.manifest': opaManifest({ entrypoint: 'b/x', module: 'policy.wasm' }), 'policy.wasm': MODULE },
    ],
    [
      'a package outside',
      'bundle_outside_roots',
      {
        '.manifest': opaManifest({ entrypoint: 'a/x', module: 'policy.wasm' }),
        'policy.wasm': MODULE,
        'x.rego': 'package b',
      },
    ],
    [
      'Rego without a package',
      'bundle_outside_roots',
      {
        '.manifest': opaManifest({ entrypoint: 'a/x', module: 'policy.wasm' }),
        'policy.wasm': MODULE,
        'x.rego': 'x := 1',
      },
    ],
    ['Rego without a module', 'bundle_module_missing', { '.manifest': '{}', 'x.rego': 'package b' }],
    [
      'a module that is not there',
      'bundle_module_missing',
      { '.manifest': opaManifest({ entrypoint: 'a/x', module: '/other.wasm' }), 'policy.wasm': MODULE },
    ],
    [
      'two modules',
      'bundle_module_invalid',
      {
        '.manifest': opaManifest(
          { entrypoint: 'a/x', module: 'a.wasm' },
          { entrypoint: 'a/y', module: 'b.wasm' },
        ),
      },
    ],
    [
      'an entrypoint twice',
      'bundle_entrypoint_conflict',
      { '.manifest': opaManifest({ entrypoint: 'a/x', module: 'm' }, { entrypoint: 'a/x', module: 'm' }) },
    ],
    ['a module that nothing names', 'bundle_digest_unbound', { '.manifest': '{}', 'policy.wasm': MODULE }],
    ['a plan that nothing binds', 'bundle_digest_unbound', { '.manifest': '{}', 'plan.json': '{}' }],
    [
      'equal data twice',
      'bundle_data_conflict',
      { '.manifest': '{}', 'data.json': '{"a":1}', 'a/data.json': '1' },
    ],
    [
      'data below a scalar',
      'bundle_data_conflict',
      { '.manifest': '{}', 'data.json': '{"a":1}', 'a/b/data.json': '1' },
    ],
    ['a list at the root', 'bundle_data_invalid', { '.manifest': '{}', 'data.json': '[]' }],
    [
      'a number at the root that keeps its text',
      'bundle_data_invalid',
      { '.manifest': '{}', 'data.json': '1.0' },
    ],
    ['YAML in data.json', 'bundle_data_invalid', { '.manifest': '{}', 'data.json': 'a: 1' }],
    [
      'a key twice in JSON in data.yaml',
      'bundle_data_invalid',
      { '.manifest': '{}', 'data.yaml': '{"a":1,"a":2}' },
    ],
    [
      'a number too large in JSON in data.yaml',
      'bundle_data_invalid',
      { '.manifest': '{}', 'data.yaml': '{"a":1e100000000}' },
    ],
    [
      'a number too large in the manifest',
      'bundle_manifest_invalid',
      { '.manifest': '{"metadata":{"n":1e-100000000}}' },
    ],
    [
      'data that is not UTF-8',
      'bundle_data_invalid',
      { '.manifest': '{}', 'data.yaml': Buffer.from([0x61, 0x3a, 0x20, 0xff]) },
    ],
    ['a patch', 'bundle_delta', { '.manifest': '{}', 'x/patch.json': '{}' }],
  ];
  for (const [name, code, files] of refused) {
    it(`refuses with ${code}: ${name}`, () => assert.throws(() => read(files), { code }));
  }
});

describe('matchesGlob', () => {
  const table: [pattern: string, path: string, match: boolean][] = [
    ['data.json', 'data.json', true],
    ['data.json', 'dataxjson', false],
    ['*', 'data.json', true],
    ['*', 'a/data.json', false],
    ['a/*.json', 'a/b.json', true],
    ['**', 'a/b', false],
    ['?', 'é', true],
    ['?', '/', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a]', '/', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['[\\]]', ']', true],
    ['[', '[', false],
    ['[]', 'x', false],
    ['[z-a]', 'm', false],
    ['a\\', 'a', false],
    ['(a|b)+', 'a', false],
    ['\u{1f600}*', '\u{1f600}x', true],
  ];
  for (const [pattern, path, match] of table) {
    it(`${match ? 'takes' : 'passes over'} ${path} by ${pattern}`, () =>
      assert.equal(matchesGlob(path, pattern), match));
  }
});
