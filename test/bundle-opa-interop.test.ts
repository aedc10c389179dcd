// needs: opa
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { DEFAULT_ARCHIVE_LIMITS } from '../src/bundle/archive.ts';
import type { Bundle, BundleFile } from '../src/bundle/bundle.ts';
import { hashFile, sha256Hex } from '../src/bundle/hash.ts';
import { generateKeyPair, loadSigningKey, loadVerificationKey } from '../src/bundle/keys.ts';
import { openBundle } from '../src/bundle/open.ts';
import { signBundle } from '../src/bundle/sign.ts';
import type { SignatureRules } from '../src/bundle/signature.ts';
import type { SignatureAlgorithm } from '../src/bundle/signature-algorithm.ts';
import { writeArchive } from '../src/bundle/write-archive.ts';
import { canonicalJson } from '../src/json/canonical.ts';

const ALGORITHMS: readonly SignatureAlgorithm[] = ['RS256', 'PS384', 'ES256', 'ES512', 'HS256', 'EdDSA'];
const POLICY = 'package shop\n\n# METADATA\n# entrypoint: true\nallow if input.price <= data.shop.limit\n';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-interop-'));
});
after(async () => await rm(folder, { recursive: true, force: true }));

/** Runs OPA to success and gives what it printed. */
async function opa(cwd: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runOpa(args, { cwd });
  assert.equal(exitCode, 0, `opa ${args.join(' ')}: ${stderr}${stdout.toString()}`);
  return stdout.toString();
}

async function write(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** Keys as files that OPA's flags take; for HMAC the secret itself. */
async function keysFor(
  algorithm: SignatureAlgorithm,
): Promise<{ signing: string; verification: string; rules: SignatureRules }> {
  const { signingKey, verificationKey } = generateKeyPair(algorithm);
  const key = loadVerificationKey({ algorithm, text: verificationKey });
  const rules: SignatureRules = { keys: new Map([['release', key]]), keyId: 'release' };
  if (algorithm.startsWith('HS')) return { signing: signingKey, verification: verificationKey, rules };
  await write(folder, { [`${algorithm}.pem`]: signingKey, [`${algorithm}.pub.pem`]: verificationKey });
  return {
    signing: join(folder, `${algorithm}.pem`),
    verification: join(folder, `${algorithm}.pub.pem`),
    rules,
  };
}

async function open(archive: Uint8Array, verification: SignatureRules): Promise<Bundle> {
  return await openBundle(archive, { limits: DEFAULT_ARCHIVE_LIMITS, verification });
}

describe('bundles that OPA signs', () => {
  for (const algorithm of ALGORITHMS) {
    it(`opens an \`opa build -t wasm\` archive signed with ${algorithm}`, async () => {
      const root = join(folder, `build-${algorithm}`);
      await write(root, { 'src/shop.rego': POLICY, 'src/shop/data.json': '{"limit": 10.0}' });
      const { signing, rules } = await keysFor(algorithm);
      const flags = ['--signing-alg', algorithm, '--signing-key', signing];
      await opa(root, 'build', '-b', 'src', '-t', 'wasm', '-r', '7', ...flags, '-o', 'x.tar.gz');

      const bundle = await open(await readFile(join(root, 'x.tar.gz')), rules);
      assert.equal(bundle.manifest.revision, '7');
      assert.deepEqual(bundle.module?.entrypoints, ['shop/allow']);
      assert.equal(bundle.plan, undefined);
      assert.equal(canonicalJson(bundle.data.document), '{"shop":{"limit":10.0}}');
      assert.deepEqual(
        bundle.sources.map(({ path }) => path),
        ['src/shop.rego'],
      );
    });

    it(`verifies what \`opa sign\` signs with ${algorithm}, in an archive and in a folder`, async () => {
      const root = join(folder, `sign-${algorithm}`);
      const content = {
        'shop/data.json': '{"limit": 10.0}',
        '.manifest': '{"roots":["shop"],"revision":"é"}',
      };
      await write(join(root, 'src'), content);
      const files = Object.entries(content).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
      await write(root, { 'x.tar.gz': await writeArchive(files) });
      const { signing, rules } = await keysFor(algorithm);
      const flags = ['--signing-alg', algorithm, '--signing-key', signing];

      for (const [cwd, target] of [
        [root, 'x.tar.gz'],
        [join(root, 'src'), '.'],
      ] as const) {
        await opa(cwd, 'sign', '-b', target, ...flags, '-o', folder);
        const signature = {
          path: '.signatures.json',
          bytes: await readFile(join(folder, '.signatures.json')),
        };
        const bundle = await open(await writeArchive([...files, signature]), rules);
        assert.equal(bundle.manifest.revision, 'é');
      }
    });
  }

  it('verifies the names of an archive written with ./ as `opa sign` lists them', async () => {
    const { tarGz } = await import('./raw-tar.ts');
    const entries = [
      { name: './a/data.json', content: '{}' },
      { name: './.manifest', content: '{}' },
    ];
    await write(folder, { 'dot.tar.gz': tarGz(entries) });
    const { signing, rules } = await keysFor('ES256');
    await opa(
      folder,
      'sign',
      '-b',
      'dot.tar.gz',
      '--signing-alg',
      'ES256',
      '--signing-key',
      signing,
      '-o',
      folder,
    );
    const content = await readFile(join(folder, '.signatures.json'));
    assert.match(
      Buffer.from(content.toString().split('.')[1] ?? '', 'base64url').toString(),
      /"\.\/a\/data\.json"/,
    );
    const bundle = await open(tarGz([...entries, { name: './.signatures.json', content }]), rules);
    assert.deepEqual(JSON.stringify(bundle.data.document), '{"a":{}}');
  });
});

describe('bundles that we sign', () => {
  const module = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const plan = Buffer.from('{"plans":{"plans":[]}}');
  const digests = { module: sha256Hex(module), plan: sha256Hex(plan) };
  const portcullis = {
    format: 1,
    builder: 'test',
    opaVersion: '1.22.2',
    entrypoints: ['shop/allow'],
    digests,
    sequence: 7,
    capabilities: [],
  };
  const files: readonly BundleFile[] = [
    { path: 'shop/shop.rego', bytes: Buffer.from(POLICY) },
    {
      path: 'shop/data.json',
      bytes: Buffer.from('{"limit": 1e1, "\\u2028": "<é>", "id": 12345678901234567890}'),
    },
    { path: 'shop/more/data.yaml', bytes: Buffer.from('a: 1.0\nb: 0x10\nc: 2026-11-22\n') },
    {
      path: '.manifest',
      bytes: Buffer.from(
        JSON.stringify({ revision: 'r', roots: ['shop'], rego_version: 1, metadata: { portcullis } }),
      ),
    },
    { path: 'policy.wasm', bytes: module },
    { path: 'plan.json', bytes: plan },
    { path: 'vectors.json', bytes: Buffer.from('[]') },
  ];

  for (const algorithm of ALGORITHMS) {
    it(`are accepted by OPA with ${algorithm}, and refused when they were changed`, async () => {
      const root = join(folder, `ours-${algorithm}`);
      const { signing, verification } = await keysFor(algorithm);
      const text = algorithm.startsWith('HS') ? signing : await readFile(signing, 'utf8');
      const key = loadSigningKey({ algorithm, text });
      const signature = await signBundle(files, {
        key,
        keyId: 'release',
        scope: 'production',
        nowMs: Date.now(),
      });
      const signed = [...files, signature];
      const changed = [
        ...signed.filter(({ path }) => path !== 'vectors.json'),
        { path: 'vectors.json', bytes: Buffer.from('[1]') },
      ];
      await write(root, {
        'good.tar.gz': await writeArchive(signed),
        'bad.tar.gz': await writeArchive(changed),
      });
      const build = (bundle: string, ...flags: string[]) =>
        runOpa(
          [
            'build',
            '-b',
            bundle,
            '-o',
            'out.tar.gz',
            '--signing-key',
            signing,
            '--signing-alg',
            algorithm,
            '--verification-key',
            verification,
            '--verification-key-id',
            'release',
            ...flags,
          ],
          { cwd: root },
        );

      const accepted = await build('good.tar.gz', '--scope', 'production');
      assert.equal(accepted.exitCode, 0, accepted.stderr + accepted.stdout.toString());
      const otherScope = await build('good.tar.gz');
      assert.match(otherScope.stderr + otherScope.stdout.toString(), /scope mismatch/);
      const refused = await build('bad.tar.gz', '--scope', 'production');
      assert.match(refused.stderr + refused.stdout.toString(), /vectors\.json: digest mismatch/);
    });
  }

  it('answer in OPA from their sources and data', async () => {
    await write(folder, { 'eval.tar.gz': await writeArchive(files), 'input.json': '{"price": 10}' });
    const output = await opa(
      folder,
      'eval',
      '-b',
      'eval.tar.gz',
      '-i',
      'input.json',
      '-f',
      'raw',
      '[data.shop.allow, data.shop.more]',
    );
    assert.equal(output.trim(), '[true,{"a":1,"b":16,"c":"2026-11-22"}]');
  });
});

describe('canonical hashes', () => {
  const json: readonly string[] = [
    '{}',
    '  [ ]\n',
    'null',
    '"text"',
    '\ufeff{"bom": true}',
    '{"z":1,"a":{"c":[1,2,{"y":null,"x":false}],"b":""}}',
    '[1.0,1e3,-0,0.10,1E+5,12345678901234567890,1e400,-1.5e-7]',
    '{"\ue000":1,"\u{1f600}":2,"\uffff":3,"z":4,"é":5}',
    '["<a href=\\"x\\">&</a>", "\\u2028\\u2029", "\u2028", "\\/", "\\u0000\\u001f\\u007f\\b\\f\\n\\r\\t"]',
    '["\\ud800", "\\udc00\\ud800", "\\ud83d\\ude00", "\\ud83dx"]',
    '{"__proto__":{"x":1},"constructor":2,"10":3,"9":4,"":5}',
  ];
  const yaml: readonly string[] = [
    '',
    '# nothing\n',
    '~',
    'text',
    'a: 1\nb: [x, "y", \'z\']\n',
    '{"json": 1.0}',
    '\ufeffa: 1\n',
    'a: 1.0\nb: 1e3\nc: .5\nd: 5.\ne: -0.0\nf: 1e21\ng: 1e-7\nh: 123456789.125\n',
    'a: 0x1F\nb: 0o17\nc: 017\nd: 0b101\ne: 1_000\nf: -0x10\ng: 08\nh: +5\ni: 0\nj: -0\nk: 0_7\n',
    'a: 9223372036854775807\nb: 18446744073709551615\nc: 18446744073709551616\nd: -9223372036854775808\ne: -9223372036854775809\nf: +18446744073709551615\n',
    'a: true\nb: True\nc: TRUE\nd: yes\ne: on\nf: n\ng: null\nh: Null\ni: ~\nj:\nk: tRue\n',
    'a: 2026-11-22\nb: 2026-11-22T10:00:00Z\nc: 12:30:45\nd: 1.2.3\ne: 1e\nf: 0x\nh: .\ni: "1"\nj: \'true\'\nk: 1e999\nl: -.5e3\n',
    'a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  q: 3\nd:\n  <<: [{p: 5}, *x]\n',
    'a: !!str 5\nb: !!int "7"\nc: !!float 3\nd: !!null ""\n',
    '1: a\ntrue: b\n-5: c\n0x10: d\n',
    'a: |\n  two\n  lines\nb: >-\n  folded\n  text\nc: "esc\\u00e9\\x41\\n"\nd: plain\n  over lines\n',
    '- - 1\n  - 2\n- {a: b}\n-\n',
    'a: "\\u2028<&>"\nb: \u{1f600}\n\u{1f600}: 1\n\ue000: 2\n',
    '---\na: 1\n...\n',
    'role: |\n  admin',
    'role: |+\n  admin',
    'role: >\n  admin\n  and more',
    'role: |\r\n  admin',
    'role: |\n  admin\n   ',
    'role: |\n  admin\n  ',
    'role: |-\n  admin',
    '- |\n admin',
    'a: .51_000\nb: .5_\nc: ._5\nd: .5e1_0\n',
    'a: !!float 010\nb: !!float .5_0\nc: !!int 0x10\n',
    'a: &x 1\nb: *x\nc: {d: *x, e: &x 3}\nf: *x\n',
    'a: &x [&y 1]\nb: &y 2\nc: *x\nd: *y\n',
  ];

  /** Signs a folder of data files, each in a folder of its own, and compares OPA's hashes with ours. */
  async function compare(name: string, files: readonly BundleFile[]): Promise<void> {
    const root = join(folder, name);
    await write(root, Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
    await opa(
      root,
      'sign',
      '-b',
      '.',
      '--signing-alg',
      'HS256',
      '--signing-key',
      'a secret that is long enough for this',
      '-o',
      folder,
    );
    const { signatures } = JSON.parse(await readFile(join(folder, '.signatures.json'), 'utf8')) as {
      signatures: [string];
    };
    const payload = Buffer.from(signatures[0].split('.')[1] ?? '', 'base64url').toString();
    const theirs = new Map(
      (JSON.parse(payload) as { files: { name: string; hash: string }[] }).files.map((file) => [
        file.name,
        file.hash,
      ]),
    );
    assert.equal(theirs.size, files.length);
    for (const file of files) {
      assert.equal(
        hashFile(file, 'SHA-256').toString('hex'),
        theirs.get(file.path),
        `${file.path}: ${JSON.stringify(Buffer.from(file.bytes).toString())}`,
      );
    }
  }

  const named = (texts: readonly string[], base: string): BundleFile[] =>
    texts.map((text, index) => ({ path: `d${index}/${base}`, bytes: Buffer.from(text) }));

  it('equal those of OPA for JSON', async () => await compare('json', named(json, 'data.json')));
  it('equal those of OPA for manifests', async () => await compare('manifest', named(json, '.manifest')));
  it('equal those of OPA for JSON in YAML files', async () =>
    await compare('json-yaml', named(json, 'data.yaml')));
  it('equal those of OPA for YAML', async () => await compare('yaml', named(yaml, 'data.yml')));
  it('equal those of OPA for other files, by their bytes', async () => {
    await compare('bytes', [
      ...named([' {}\n'], 'plan.json'),
      ...named(['a: 1 '], 'other.yaml'),
      ...named(['{}'], 'x.manifest'),
    ]);
  });

  it('equal those of OPA for generated JSON', async () => {
    const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
    const texts = fc.sample(fc.tuple(value, fc.nat(2)), { numRuns: 150, seed: 20261122 });
    await compare(
      'generated-json',
      named(
        texts.map(([value, indent]) => JSON.stringify(value, null, indent)),
        'data.json',
      ),
    );
  });

  it('equal those of OPA for generated YAML scalars', async () => {
    const piece = fc.constantFrom(
      ...'0 1 7 9 . - + _ e E x o b 0x 0o a f T : inf nan true null ~'.split(' '),
    );
    const texts = fc.sample(fc.array(piece, { minLength: 1, maxLength: 6 }), {
      numRuns: 400,
      seed: 20261122,
    });
    const scalars = texts
      .map((pieces) => pieces.join(''))
      .filter((text) => !/:$|^-$|^[-+]?\.(?:inf|nan)$/.test(text));
    await compare(
      'generated-yaml',
      named(
        scalars.map((scalar) => `v: ${scalar}\n`),
        'data.yaml',
      ),
    );
  });
});
