import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliFolder } from '../../test/support/run-cli.ts';
import { limits } from '../config/limits.ts';
import { VERSION } from '../config/version.ts';
import { DEFAULT_INPUT_LIMITS } from './input.ts';
import { harmless, paint } from './io.ts';
import { wantsColor } from './process-io.ts';

const CONFIG = `policySets: { shop: { bundles: { policy: { source: 'file:a.tar.gz', unsigned: allow } } } }\n`;

test('wrong usage ends with 2, says what is wrong and what may have been meant', async (t) => {
  const { run } = await cliFolder(t);
  const table: [string[], RegExp][] = [
    [['chek'], /error \[usage\]: unknown command 'chek'\n\(Did you mean check\?\)/],
    [['check', '--adress', 'x'], /unknown option '--adress'\n\(Did you mean --address\?\)/],
    [['config', 'chekc'], /unknown command 'chekc'/],
    [['check', 'x', 'y'], /too many arguments/],
    [
      ['check', '--address', 'nowhere'],
      /error \[usage\]: --address: write host:port or unix:\/path\nSee `portcullis help`/,
    ],
    [['check', '--timeout', '5'], /--timeout: write a duration/],
    [['check', '--cert', 'a.pem'], /give --cert and --key together/],
    [['check', '--subject', '[]'], /--subject: write a JSON object/],
    [['check', '--subject', '{}', '--input', '{}'], /give either --input or --subject/],
    [['check', '--input', '{'], /error \[json_invalid\]: --input: /],
    [
      ['check', '--input', '{"a":1,"a":2}'],
      /error \[json_duplicate_key\]: --input: the key "a" is named twice/,
    ],
    [['check', '--subject', '{"a":1,"a":2}'], /error \[json_duplicate_key\]: --subject: /],
    [['check', '--subject', '1.0'], /--subject: write a JSON object/],
    [['check', '--input', '[1e100000000]'], /error \[json_number_too_large\]: --input: /],
    [['config', 'check'], /no configuration: write portcullis\.yaml/],
    [['serve'], /no configuration/],
    [['keys', 'generate'], /required option '-o, --out <path>' not specified/],
    [['keys', 'generate', '--out', 'k', '--algorithm', 'none'], /--algorithm: write one of /],
    [['sign', 'a.tar.gz'], /required option '-k, --key <file>' not specified/],
    [['verify', 'a.tar.gz'], /give the key to verify with: --key <file>/],
    [['eval', '--bundle', 'a.tar.gz'], /give the key to verify with: --key <file>; or --unsigned/],
    [['eval', '--unsigned'], /give the bundle: --bundle <file>/],
    [['explain', '--unsigned'], /give the bundle: --bundle <file>/],
  ];
  for (const [args, message] of table) {
    const { code, out, err } = await run(args);
    assert.match(err, message, args.join(' '));
    assert.deepEqual([code, out], [2, ''], args.join(' '));
  }
});

test('input is held to the limits of a server that is not configured otherwise', () => {
  const { maxInputBytes, maxInputDepth } = limits.parse({});
  assert.deepEqual(DEFAULT_INPUT_LIMITS, { maxBytes: maxInputBytes, maxDepth: maxInputDepth });
});

test('control characters of others never reach the terminal, colours do where they are wanted', () => {
  const table: [text: string, color: boolean, shown: string][] = [
    ['a\u001b[2Jb\u001b]0;x\u0007', true, 'a\\u001b[2Jb\\u001b]0;x\\u0007'],
    ['\u009b2J\u007f\r\u0000', true, '\\u009b2J\\u007f\\u000d\\u0000'],
    ['é\tx\n', true, 'é\tx\n'],
    ['\u001b[32mallow\u001b[39m', true, '\u001b[32mallow\u001b[39m'],
    ['\u001b[32mallow\u001b[39m', false, '\\u001b[32mallow\\u001b[39m'],
    ['\u001b[8mhidden', true, '\\u001b[8mhidden'],
  ];
  for (const [text, color, shown] of table) {
    let written = '';
    harmless({ write: (chunk) => (written += chunk) }, color).write(text);
    assert.equal(written, shown);
  }
  for (const style of [
    'green',
    'red',
    'yellow',
    'dim',
    'bold',
    ['red', 'bold'],
    ['green', 'bold'],
  ] as const) {
    let written = '';
    const painted = paint({ color: true }, style, 'x');
    harmless({ write: (chunk) => (written += chunk) }, true).write(painted);
    assert.equal(written, painted);
  }
});

test('an error message shows the control characters of what was typed', async (t) => {
  const { run } = await cliFolder(t);
  const { err } = await run(['check', '--input', '{"\u009b2J":1,"\u009b2J":2}']);
  assert.match(err, /the key "\\u009b2J" is named twice/);
});

test('help and version end with 0 on standard output', async (t) => {
  const { run } = await cliFolder(t);
  assert.deepEqual(await run(['--version']), { code: 0, out: `${VERSION}\n`, err: '' });
  const help = await run(['help', 'check']);
  assert.equal(help.code, 0);
  assert.match(help.out, /Usage: portcullis check/);
  assert.match(help.out, /Exits with 0 when allowed, 1 when denied/);
});

test('every command of the help can be run alone and explains itself', async (t) => {
  const { run } = await cliFolder(t);
  const { out } = await run(['--help']);
  const names = [...out.matchAll(/^ {2}([a-z]+) /gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');
  assert.deepEqual(names.toSorted(), [
    'build',
    'cache',
    'check',
    'config',
    'dev',
    'eval',
    'explain',
    'inspect',
    'keys',
    'serve',
    'sign',
    'test',
    'verify',
  ]);
  for (const name of names) {
    const help = await run([name, '--help']);
    assert.equal(help.code, 0, name);
    assert.match(help.out, new RegExp(`^Usage: portcullis ${name} `), name);
    assert.doesNotMatch(help.out, /default: \[\]/, name);
  }
});

test('files that cannot be read are a failure at run time', async (t) => {
  const { run } = await cliFolder(t);
  for (const args of [
    ['config', 'check', '-c', 'no.yaml'],
    ['check', '--input', 'no.json'],
    ['inspect', 'no.tar.gz'],
    ['keys', 'show', 'no.pem'],
  ]) {
    const { code, err } = await run(args);
    assert.match(err, /^error \[io_failed\]: cannot read .*no\./, args.join(' '));
    assert.equal(code, 3);
  }
});

test('config check names every mistake, config print shows what is in effect', async (t) => {
  const { run, write } = await cliFolder(t);
  await write('portcullis.yaml', `${CONFIG}cahce: {}\nworkers: 0\n`);
  const wrong = await run(['config', 'check']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^error \[config_invalid\]: 2 mistakes in the configuration\n/);
  assert.match(wrong.err, /portcullis\.yaml:2:1: cahce is not a known key; did you mean "cache"\?/);
  assert.match(wrong.err, /see docs\/configuration\.md/);

  await write('right.yaml', CONFIG);
  const env = { PORTCULLIS_CONFIG: 'right.yaml', PORTCULLIS_CAHCE: 'x', PORTCULLIS_LOGGING_LEVEL: 'warn' };
  const right = await run(['config', 'check'], { env });
  assert.deepEqual([right.code, right.out], [0, 'ok 1 policy set: shop\n']);
  assert.match(right.err, /^warning: PORTCULLIS_CAHCE sets nothing/);
  const printed = await run(['config', 'print', '--set', 'cache.maxAge=90s'], { env });
  assert.match(printed.out, /maxAge: 1m30s # --set cache\.maxAge\n/);
  assert.match(printed.out, /level: warn # PORTCULLIS_LOGGING_LEVEL\n/);
  const json = await run(['config', 'print', '--json'], { env });
  assert.equal(JSON.parse(json.out).cache.maxBytes, '64MiB');
  const schema = await run(['config', 'schema']);
  assert.deepEqual(JSON.parse(schema.out).required, ['policySets']);
});

test('generated keys are private, are never replaced and can be shown', async (t) => {
  const { cwd, run } = await cliFolder(t);
  const made = await run(['keys', 'generate', '--out', 'keys/shop']);
  assert.equal(made.code, 0);
  assert.match(made.out, /keys: \{ shop: \{ algorithm: ES256, file: keys\/shop\.pub\.pem \} \}/);
  assert.equal((await stat(join(cwd, 'keys/shop.key.pem'))).mode & 0o777, 0o600);
  const before = await readFile(join(cwd, 'keys/shop.key.pem'), 'utf8');

  const again = await run(['keys', 'generate', '--out', 'keys/shop']);
  assert.equal(again.code, 2);
  assert.match(again.err, /keys\/shop\.key\.pem exists/);
  assert.equal(await readFile(join(cwd, 'keys/shop.key.pem'), 'utf8'), before);

  // A public file in the way leaves no private key behind.
  await writeFile(join(cwd, 'keys/other.pub.pem'), 'x');
  assert.equal((await run(['keys', 'generate', '--out', 'keys/other'])).code, 2);
  await assert.rejects(stat(join(cwd, 'keys/other.key.pem')));

  const pem = await readFile(join(cwd, 'keys/shop.pub.pem'), 'utf8');
  for (const file of ['keys/shop.key.pem', 'keys/shop.pub.pem']) {
    assert.equal((await run(['keys', 'show', '--pem', file])).out, pem);
    const { out } = await run(['keys', 'show', file]);
    const shown = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual([shown['id'], shown['algorithm']], ['shop', 'ES256']);
    assert.ok(!('d' in (shown['jwk'] as object)), 'the private half is never shown');
  }
  await writeFile(join(cwd, 'public.jwk'), (await run(['keys', 'show', '--jwk', 'keys/shop.key.pem'])).out);
  assert.equal((await run(['keys', 'show', '--pem', 'public.jwk'])).out, pem);

  const secret = await run(['keys', 'generate', '--out', 'keys/hmac', '--algorithm', 'HS256']);
  assert.match(secret.out, /file: keys\/hmac\.secret/);
  assert.equal((await run(['keys', 'show', 'keys/hmac.secret'])).code, 2);
});

test('colours follow the terminal, NO_COLOR and FORCE_COLOR', () => {
  const table: [Record<string, string>, boolean, boolean][] = [
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ];
  for (const [env, isTty, expected] of table)
    assert.equal(wantsColor(env, isTty), expected, JSON.stringify(env));
});
