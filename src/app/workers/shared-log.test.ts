import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SharedLog } from './shared-log.ts';

/** Takes a few bytes at a time, and fails as it is told. */
class SlowOutput {
  text = '';
  reopened = 0;
  readonly failures: string[] = [];

  async write(bytes: Uint8Array, from: number): Promise<number> {
    await setImmediate();
    const code = this.failures.shift();
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    const some = bytes.subarray(from, from + 3);
    this.text += Buffer.from(some).toString();
    return some.length;
  }

  async reopen(): Promise<boolean> {
    // Longer than a write.
    await setImmediate();
    await setImmediate();
    this.reopened++;
    this.text = '';
    return true;
  }

  async close(): Promise<void> {}
}

test('lines that come at the same time are written one after the other, whatever fails meanwhile', async () => {
  const output = new SlowOutput();
  const errors: string[] = [];
  const log = new SharedLog(output, ({ message }) => errors.push(message));
  output.failures.push('EAGAIN', 'ENOSPC', 'ENOSPC');
  await Promise.all(['first line\n', 'second line\n', 'third\n'].map((line) => log.write(Buffer.from(line))));
  assert.equal(output.text, 'first line\nsecond line\nthird\n');
  assert.equal(errors.length, 1);
  await log.close();
});

test('a file that is opened anew gets whole lines', async () => {
  const output = new SlowOutput();
  const log = new SharedLog(output, () => {});
  await log.write(Buffer.from('before\n'));
  log.reopen();
  await log.write(Buffer.from('after\n'));
  assert.deepEqual([output.text, output.reopened], ['after\n', 1]);
  await log.close();
});
