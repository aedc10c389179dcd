import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Slow, SlowCalls } from './slow-calls.ts';

test('slow calls: those are given up that have waited for all of their time', (t) => {
  let nowMs = 1000;
  const slow = new SlowCalls(100, () => nowMs);
  t.after(() => slow.close());
  const givenUp: string[] = [];
  const call = (name: string): Slow => ({ slowSinceMs: -1, giveUp: () => void givenUp.push(name) });
  const [first, again, gone, last] = [call('first'), call('again'), call('gone'), call('last')];
  for (const each of [first, again, gone]) slow.add(each, 1000);
  slow.remove(gone);
  slow.add(again, 1050);
  slow.add(last, 1060);
  assert.deepEqual([first.slowSinceMs, again.slowSinceMs, gone.slowSinceMs], [1000, 1050, -1]);
  nowMs = 1099;
  slow.sweep();
  assert.deepEqual(givenUp, []);
  nowMs = 1100;
  slow.sweep();
  assert.deepEqual(givenUp, ['first']);
  nowMs = 1155;
  slow.sweep();
  assert.deepEqual(givenUp, ['first', 'again']);
  assert.equal(again.slowSinceMs, -1);
});
