import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deadlines, type Expiring } from './deadlines.ts';

class Call implements Expiring {
  deadlineSlot = -1;
  expired = false;
  readonly deadlineMs: number;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }

  expire(): void {
    this.expired = true;
  }
}

test('deadlines: those and only those expire whose time has come and that were not taken back', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  fc.assert(
    fc.property(
      fc.array(fc.record({ deadlineMs: fc.nat(100), removed: fc.boolean() }), { maxLength: 50 }),
      fc.nat(100),
      (rows, nowMs) => {
        let clockMs = 0;
        const deadlines = new Deadlines(() => clockMs);
        const calls = rows.map(({ deadlineMs }) => new Call(deadlineMs));
        for (const call of calls) deadlines.add(call);
        for (const [index, { removed }] of rows.entries()) if (removed) deadlines.remove(calls[index]!);
        clockMs = nowMs;
        deadlines.expire();
        deadlines.close();
        assert.deepEqual(
          calls.map(({ expired }) => expired),
          rows.map(({ deadlineMs, removed }) => !removed && deadlineMs <= nowMs),
        );
        assert.ok(
          calls.every(
            ({ expired, deadlineSlot }, index) => !(expired || rows[index]!.removed) || deadlineSlot === -1,
          ),
        );
      },
    ),
  );
});

test('deadlines: the timer follows the nearest, and goes on to the next', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const deadlines = new Deadlines(() => Date.now());
  const [late, early, never] = [new Call(200_000), new Call(50), new Call(300_000)];
  deadlines.add(late);
  deadlines.add(early);
  deadlines.add(never);
  t.mock.timers.tick(49);
  assert.deepEqual([early.expired, late.expired], [false, false]);
  t.mock.timers.tick(1);
  assert.deepEqual([early.expired, late.expired], [true, false]);
  deadlines.remove(never);
  for (let ms = 50; ms < 200_000; ms += 10_000) t.mock.timers.tick(10_000);
  assert.deepEqual([late.expired, never.expired], [true, false]);
  deadlines.close();
});
