import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { StartFlags } from './start-flags.ts';

const ALL_OFF = ['--no-maglev', '--no-sparkplug', '--no-turbofan', '--semi-space-growth-factor=1'];
const COMPILING = ['--maglev', '--semi-space-growth-factor=1', '--sparkplug', '--turbofan'];
const SERVING = [
  '--invocation-count-for-maglev=100',
  '--maglev',
  '--semi-space-growth-factor=2',
  '--sparkplug',
  '--turbofan',
];

/** Flags that are set somewhere else, and what holds of them: the last word of each. */
function recorded(): { flags: StartFlags; inForce: () => string[] } {
  const last = new Map<string, string>();
  const flags = new StartFlags((flag) => last.set(flag.replace(/^--(no-)?/, '').replace(/=.*/, ''), flag));
  return { flags, inForce: () => [...last.values()].sort() };
}

/** Work that ends when it is told. */
function work(flags: StartFlags): { end: () => void; fail: () => void; done: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return {
    end: resolve,
    fail: () => reject(new Error('failed')),
    done: flags.compiled(() => promise),
  };
}

test('work that goes on side by side is compiled until the last of it ends', async () => {
  const { flags, inForce } = recorded();
  flags.forStart();
  assert.deepEqual(inForce(), ALL_OFF);
  const [first, second] = [work(flags), work(flags)];
  assert.deepEqual(inForce(), COMPILING);
  first.end();
  await first.done;
  assert.deepEqual(inForce(), COMPILING);
  const third = work(flags);
  second.fail();
  await assert.rejects(second.done, /failed/);
  assert.deepEqual(inForce(), COMPILING);
  third.end();
  await third.done;
  assert.deepEqual(inForce(), ALL_OFF);
  const again = work(flags);
  assert.deepEqual(inForce(), COMPILING);
  again.end();
  await again.done;
  assert.deepEqual(inForce(), ALL_OFF);
});

test('work that throws at once leaves no mark', async () => {
  const { flags, inForce } = recorded();
  flags.forStart();
  await assert.rejects(
    flags.compiled(() => {
      throw new Error('at once');
    }),
    /at once/,
  );
  assert.deepEqual(inForce(), ALL_OFF);
});

test('once it listens, the end of work changes nothing', async () => {
  const { flags, inForce } = recorded();
  flags.forStart();
  const late = work(flags);
  flags.forServing();
  assert.deepEqual(inForce(), SERVING);
  late.end();
  await late.done;
  assert.deepEqual(inForce(), SERVING);
});

test('V8 knows each of the flags', () => {
  const { flags, inForce } = recorded();
  flags.forStart();
  flags.forServing();
  const known = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).stdout;
  for (const flag of inForce()) {
    const name = flag.replace(/=.*/, '');
    assert.ok(known.includes(`  ${name} (`), name);
  }
});

test('no flag is touched where no server starts', async () => {
  const { flags, inForce } = recorded();
  assert.equal(await flags.compiled(async () => 7), 7);
  assert.deepEqual(inForce(), []);
});
