import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ArrivingLines, type PostedLines, postingOutput } from './posted-lines.ts';

test('lines arrive as they were written, whatever is written next; memory is posted only when it is another one', async () => {
  const written: string[] = [];
  const posted: number[] = [];
  const write = async (sink: number, lines: Uint8Array): Promise<void> => {
    // Long enough for a writer that does not wait to write over the lines.
    await setImmediate();
    written.push(`${sink} ${lines.length} ${Buffer.from(lines.subarray(0, 6)).toString()}`);
  };
  const arriving = new ArrivingLines({ write });
  const main = {
    ask: (_name: string, lines: PostedLines) => {
      posted.push(lines.memory?.byteLength ?? 0);
      return arriving.write(lines);
    },
  } as unknown as Parameters<typeof postingOutput>[0];
  const MIB = 1024 * 1024;
  const outputs = [postingOutput(main, 0), postingOutput(main, 1)];
  const huge = Buffer.alloc(2 * MIB, 'h');
  const cases: readonly (readonly [sink: number, bytes: Uint8Array, from: number, memory: number])[] = [
    [0, Buffer.from('first\n'), 0, MIB],
    [1, Buffer.from('other\n'), 0, MIB],
    [0, Buffer.from('x\nagain\n'), 2, 0],
    [0, huge, 0, 2 * MIB],
    [0, Buffer.from('after\n'), 0, MIB],
    [0, Buffer.from('last\n'), 0, 0],
  ];
  for (const [sink, bytes, from] of cases)
    assert.equal(await outputs[sink]!.write(bytes, from), bytes.length - from);
  assert.deepEqual(
    posted,
    cases.map(([, , , memory]) => memory),
  );
  assert.deepEqual(
    written,
    cases.map(
      ([sink, bytes, from]) =>
        `${sink} ${bytes.length - from} ${Buffer.from(bytes.subarray(from, from + 6)).toString()}`,
    ),
  );
});
