// needs: opa
/** What makes a change cached less, told by test, build and dev, with plans of the real OPA. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BuiltBundle, buildBundle } from '../src/authoring/build.ts';
import { cachingLosses } from '../src/authoring/caching.ts';
import { runCli } from '../src/cli/program.ts';
import { environment } from '../src/config/environment.ts';
import { recordingIo } from './support/run-cli.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-caching-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** The rule of a service's door, formatted as `opa fmt` does; `more` comes below. */
const door = (body: string, custom = ''): string => `package door

# METADATA
# entrypoint: true${custom}
default open := false

open if {
	input.attributes.request.http.method == "GET"
	input.attributes.request.http.headers["x-user"] in data.keepers
${body}}
`;
const PROMISE = '\n# custom:\n#   portcullis: {cacheable: true}';

let folders = 0;
async function policies(rego: string): Promise<string> {
  const folder = join(dir, String(++folders));
  await mkdir(folder);
  await writeFile(join(folder, 'door.rego'), rego);
  await writeFile(join(folder, 'data.json'), '{"keepers": ["anna"]}');
  return folder;
}

const built = async (rego: string): Promise<BuiltBundle> => buildBundle({ sources: [await policies(rego)] });

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { io, printed } = recordingIo({ cwd: dir, env: environment, isTty: true });
  return { code: await runCli(args, io), ...printed };
}

test('a change that makes answers be found less is told, with its place', async () => {
  const before = await built(door(''));
  assert.equal(before.footprints.get('door/open')?.text, 'reads method, header x-user; cacheable');
  const table: [string, string, RegExp | undefined][] = [
    ['reads another path', '\tinput.attributes.request.http.path != "/"\n', undefined],
    ['checks a token', '\tio.jwt.decode_verify(input.token, {"secret": "s"})[0]\n', undefined],
    ['compares the time', '\ttime.now_ns() < 4000000000000000000\n', undefined],
    [
      'hands on the input',
      '\tcount(json.marshal(input)) < 1000\n',
      /door\.rego:10:\d+: it reads the whole input \(handed to json\.marshal\): /,
    ],
    [
      'asks the network',
      '\thttp.send({"method": "GET", "url": "http://127.0.0.1:1/"}).status_code == 200\n',
      /: http\.send asks the network: /,
    ],
    [
      'uses the time',
      '\tsprintf("%d", [time.now_ns()]) != ""\n',
      /: door\.rego:10:\d+: it uses the time for more than comparisons \(/,
    ],
    [
      'reads the request id',
      '\tinput.attributes.request.http.id != "1"\n',
      /: it reads request id: every request has another; /,
    ],
    [
      'reads a header of the request id',
      '\tinput.attributes.request.http.headers["x-request-id"] != "1"\n',
      /: it reads header x-request-id: every request has another; /,
    ],
    [
      'goes through the headers',
      '\tsome name, value in input.attributes.request.http.headers\n\tlower(name) == "x-a"\n\tvalue == "b"\n',
      /: it reads all headers, and with it header x-request-id, /,
    ],
    ['throws dice', '\trand.intn("dice", 6) == 1\n', /: rand\.intn is random: /],
  ];
  for (const [name, body, expected] of table) {
    const losses = cachingLosses(before.footprints, (await built(door(body))).footprints);
    assert.equal(losses.length, expected === undefined ? 0 : 1, `${name}: ${losses.join('\n')}`);
    if (expected === undefined) continue;
    assert.match(losses[0]!, /^door\/open is cached less than before: /, name);
    assert.match(losses[0]!, expected, name);
  }
});

test('test warns against an older bundle, and passes', async () => {
  const live = join(dir, 'live.tar.gz');
  assert.equal((await cli('build', await policies(door('')), '-o', live)).code, 0);
  const changed = await policies(door('\tcount(json.marshal(input)) < 1000\n'));
  const alone = await cli('test', changed);
  assert.equal(alone.code, 0, alone.out);
  assert.match(
    alone.out,
    /^ok {3}cache +0 of 1 entrypoints are cached well, not door\/open\n {4}door\/open: \S*door\.rego:10:\d+: it reads the whole input /m,
  );
  const against = await cli('test', changed, '--against', live);
  assert.equal(against.code, 0, against.out);
  assert.match(
    against.out,
    /^warn cache .*\n {4}door\/open is cached less than before: .*door\.rego:10:\d+: it reads the whole input/m,
  );
  const json = JSON.parse((await cli('test', changed, '--against', live, '--json')).out);
  const step = json.steps.find(({ name }: { name: string }) => name === 'cache');
  assert.deepEqual([json.passed, step.passed, step.warnings.length], [true, true, 1]);
  const same = await cli('test', await policies(door('')), '--against', live);
  assert.match(same.out, /^ok {3}cache +1 of 1 entrypoints is cached well$/m);
});

test('a promise that is not kept fails test and build, and one that nobody can check is refused', async () => {
  const kept = await cli('test', await policies(door('', PROMISE)));
  assert.equal(kept.code, 0, kept.out);
  const broken = await policies(door('\tinput.attributes.request.http.id != "1"\n', PROMISE));
  const tested = await cli('test', broken);
  const message = 'door/open is annotated with `cacheable: true`, but it reads request id: ';
  assert.equal(tested.code, 1);
  assert.ok(tested.out.includes(`    ${message}`), tested.out);
  assert.match(tested.out, /^FAIL cache /m);
  const refused = await cli('build', broken, '-o', join(dir, 'broken.tar.gz'));
  assert.equal(refused.code, 1);
  assert.ok(refused.err.includes(`error [build_failed]: ${message}`), refused.err);

  const table: [string, RegExp][] = [
    [
      door('', PROMISE.replace('cacheable', 'cachable')),
      /door\.rego:\d+: custom\.portcullis .* may only say/,
    ],
    [door('', PROMISE.replace('true', '1h')), /may only say/],
    [
      `${door('')}\n# METADATA${PROMISE}\nother := input.x\n`,
      /door\/other is annotated with `cacheable: true`, but is no entrypoint/,
    ],
  ];
  for (const [rego, expected] of table)
    await assert.rejects(built(rego), { code: 'build_failed', message: expected });
  assert.deepEqual((await built(door('', PROMISE.replace('true', 'false')))).cacheable, []);
});

test('an archive that binds no plan is nothing to compare with', async () => {
  await writeFile(join(dir, 'junk.tar.gz'), 'junk');
  const junk = await cli('test', await policies(door('')), '--against', join(dir, 'junk.tar.gz'));
  assert.match(junk.err, /^error \[archive_/);
});

test('dev warns of a change that is cached less, and makes it live', async () => {
  const folder = await policies(door(''));
  const stop = new AbortController();
  const { io, printed } = recordingIo({ cwd: dir, env: environment, isTty: true, signal: stop.signal });
  const flags = ['--set', 'grpc.address=127.0.0.1:0', '--set', 'http.address=127.0.0.1:0'];
  const ended = runCli(['dev', folder, ...flags], io);
  const says = async (pattern: RegExp): Promise<void> => {
    for (let tries = 0; tries < 600 && !pattern.test(printed.out); tries++) await sleep(50);
    assert.match(printed.out, pattern);
  };
  try {
    await says(/live after /);
    await writeFile(join(folder, 'door.rego'), door('\tinput.attributes.request.http.id != "1"\n'));
    await says(
      /live after [^]*live after [^]* {2}warning: door\/open is cached less than before: it reads request id/,
    );
  } finally {
    stop.abort();
  }
  assert.equal(await ended, 0);
});
