// needs: opa
/** The real process: exit codes, closed pipes, colours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = join(fileURLToPath(import.meta.url), '../../src/main.ts');

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(?:PORTCULLIS_|NO_COLOR|FORCE_COLOR)/.test(key),
  );
  return spawn(process.execPath, [main, ...args], {
    cwd: '/',
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('the exit code reaches the shell, and output is complete', async () => {
  const table: [string[], number, RegExp, RegExp][] = [
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [['config', 'schema'], 0, /"title": "portcullis\.yaml"[\s\S]*\n\}\n$/, /^$/],
    [['config', 'check'], 2, /^$/, /^error \[usage\]: no configuration/],
    [['inspect', 'no.tar.gz'], 3, /^$/, /^error \[io_failed\]: /],
  ];
  for (const [args, code, out, err] of table) {
    const child = start(args);
    const [printed, errors, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    assert.equal(exitCode, code, args.join(' '));
    assert.match(printed, out, args.join(' '));
    assert.match(errors, err, args.join(' '));
  }
});

test('errors are coloured only when asked for where there is no terminal', async () => {
  // Read from the start: what nobody reads when a child ends is thrown away.
  const [plain, coloured] = await Promise.all([
    text(start(['config', 'check']).stderr),
    text(start(['config', 'check'], { FORCE_COLOR: '1' }).stderr),
  ]);
  assert.ok(plain.includes('no configuration') && !plain.includes('\u001B['));
  assert.ok(coloured.includes('no configuration') && coloured.includes('\u001B['));
});

test('a reader that goes away is no failure', async () => {
  const child = start(['config', 'schema']);
  child.stdout.destroy();
  const [errors, [exitCode, signal]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.deepEqual([exitCode, signal, errors], [0, null, '']);
});
