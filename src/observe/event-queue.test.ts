import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionEvent } from './decision-event.ts';
import { EventQueue } from './event-queue.ts';

const event = (source?: Uint8Array, json?: string): DecisionEvent =>
  ({ json, inputBytes: 10, input: { extent: 'whole', document: () => null, source } }) as DecisionEvent;

const MANY = { maxBufferedEvents: 10_000, maxBufferedBytes: 1e9 };

test('events come out in the order in which they went in, however the ring turns and grows', () => {
  const queue = new EventQueue(MANY);
  const events = Array.from({ length: 5000 }, () => event());
  let taken = 0;
  for (const [i, each] of events.entries()) {
    assert.ok(queue.offer(each));
    if (i % 3 === 0) assert.equal(queue.take(), events[taken++]);
  }
  assert.equal(queue.bytes, 10 * queue.length);
  while (taken < events.length) assert.equal(queue.take(), events[taken++]);
  assert.equal(queue.take(), undefined);
  assert.deepEqual([queue.length, queue.bytes], [0, 0]);
});

test('a buffer counts whole, and once for events in a row that share it, until the last of them is taken', () => {
  const queue = new EventQueue(MANY);
  const read = new Uint8Array(1000);
  const other = new Uint8Array(500);
  const bytes: number[] = [];
  for (const each of [
    event(read.subarray(0, 10), 'x'),
    event(read.subarray(10, 20), 'y'),
    event(other.subarray(1, 2)),
    event(),
    event(read.subarray(20, 30)),
  ]) {
    queue.offer(each);
    bytes.push(queue.bytes);
  }
  assert.deepEqual(bytes, [1001, 1002, 1502, 1512, 2512]);
  const left = bytes.map(() => {
    queue.take();
    return queue.bytes;
  });
  assert.deepEqual(left, [2511, 1510, 1010, 1000, 0]);
  queue.offer(event(read.subarray(30, 40)));
  assert.equal(queue.bytes, 1000, 'counted anew after the queue was empty');
});

test('an input that lets go of its bytes while it waits is given back as it was counted', () => {
  const queue = new EventQueue(MANY);
  const input = {
    extent: 'whole' as const,
    document: () => null,
    source: new Uint8Array(1000) as Uint8Array | undefined,
  };
  queue.offer({ ...event(), input });
  input.source = undefined;
  queue.take();
  assert.equal(queue.bytes, 0);
});

test('small messages in large reads cannot hold more than the bound', () => {
  const queue = new EventQueue({ maxBufferedEvents: 10_000, maxBufferedBytes: 1_000_000 });
  let held = 0;
  for (let i = 0; i < 1000; i++)
    if (queue.offer(event(new Uint8Array(65_536).subarray(0, 600)))) held += 65_536;
  assert.ok(held > 900_000 && held <= 1_000_000, String(held));
  assert.equal(queue.clear(), queue.length + held / 65_536);
  assert.deepEqual([queue.length, queue.bytes], [0, 0]);
});
