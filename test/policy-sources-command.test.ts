// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation } from '../src/policy/plan/explain/explanation.ts';
import { cliFolder } from './support/run-cli.ts';

const DOOR = `package door

# METADATA
# entrypoint: true
default open := false

open if {
	print("asked", input.who, data.keepers)
	some keeper in data.keepers
	known(keeper)
}

known(keeper) if {
	print(keeper)
	keeper == input.who
}

hidden := count(input.who)
`;

const FROM_SOURCES = ['--policies', '.', '--input', '{"who": "anna"}'];

test('eval --policies answers by the plan, and shows what is printed with file and line', async (t) => {
  const { run, write } = await cliFolder(t);
  await write('door.rego', DOOR);
  await write('data.json', '{"keepers": ["otto", "anna"]}');
  const { code, out, err } = await run(['eval', ...FROM_SOURCES, '--json']);
  assert.deepEqual([code, (JSON.parse(out) as { value: unknown }).value], [0, true], err);
  assert.equal(err, 'door.rego:8: asked anna ["otto", "anna"]\ndoor.rego:14: otto\ndoor.rego:14: anna\n');
  const denied = await run(['eval', '--policies', 'door.rego']);
  assert.equal(denied.code, 1);
  assert.match(denied.err, /^door\.rego:8: asked <undefined> <undefined>\n/);
  const other = await run(['eval', ...FROM_SOURCES, '-e', 'door/hidden', '--json']);
  assert.equal((JSON.parse(other.out) as { value: unknown }).value, 4);
});

test('explain --policies tells prints with their places', async (t) => {
  const { run, write } = await cliFolder(t);
  await write('door.rego', DOOR);
  await write('data.json', '{"keepers": ["otto"]}');
  const text = await run(['explain', ...FROM_SOURCES, '--no-json']);
  assert.equal(text.code, 1);
  assert.match(text.out, /^denied {2}door\/open = false\n/);
  assert.match(text.out, /printed\n {2}door\.rego:8 {2}asked anna \["otto"\]\n {2}door\.rego:14 {2}otto\n/);
  const json = await run(['explain', ...FROM_SOURCES, '--json']);
  const { status, prints } = JSON.parse(json.out) as Explanation & { status: string };
  assert.deepEqual([status, prints.map(({ place }) => place.row)], ['denied', [8, 14]]);
});

test('mistakes in sources and in options are told as such', async (t) => {
  const { run, write } = await cliFolder(t);
  await write('p.rego', 'package p\n\n# METADATA\n# entrypoint: true\nallow if nowhere.x\n');
  await write(
    'q.rego',
    'package q\n\n# METADATA\n# entrypoint: true\nx := 1 if input.a\n\nx := 2 if input.b\n',
  );
  const table: [string[], number, RegExp][] = [
    [['--policies', 'p.rego'], 1, /error \[build_failed\].*p\.rego:5: .*nowhere is unsafe/s],
    [['--policies', 'q.rego', '-i', '{"a": 1, "b": 1}', '-e', 'q/y'], 1, /error \[build_failed\]/],
    [['--policies', 'q.rego', '--bundle', 'x.tar.gz'], 2, /either --bundle or --policies/],
    [['--policies', 'q.rego', '--unsigned'], 2, /sources carry no signature/],
    [['--bundle', 'x.tar.gz', '--base', '.', '--unsigned'], 2, /--base goes with --policies/],
    [['--policies', 'data'], 3, /error \[io_failed\]/],
  ];
  for (const command of ['eval', 'explain']) {
    for (const [args, exitCode, message] of table) {
      const { code, err } = await run([command, ...args]);
      assert.match(err, message, `${command} ${args.join(' ')}`);
      assert.equal(code, exitCode, `${command} ${args.join(' ')}: ${err}`);
    }
  }
  const conflict = await run(['eval', '--policies', 'q.rego', '-i', '{"a": 1, "b": 1}']);
  assert.deepEqual([conflict.code, /evaluation_conflict/.test(conflict.err)], [3, true], conflict.err);
});
