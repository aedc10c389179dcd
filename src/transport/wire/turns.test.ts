import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns, type Waiting } from './turns.ts';

interface Item extends Waiting {
  readonly name: string;
}

/** Turns with a clock of the test's own; what begins takes `workMs` of it. */
class Subject {
  readonly begun: string[] = [];
  nowMs = 1000;
  looks = 0;
  workMs: number;
  readonly turns: Turns<Item> = new Turns(
    () => {
      this.looks++;
      return this.nowMs;
    },
    ({ name }) => this.#work(name),
  );

  constructor(workMs: number) {
    this.workMs = workMs;
  }

  /** As many calls of a read of this connection; those that have to wait. */
  read(connection: string, count: number): Item[] {
    this.turns.onRead(this.nowMs);
    const items = Array.from({ length: count }, (_, n) => ({
      connection: owners[connection]!,
      name: `${connection}${n}`,
    }));
    return items.filter((item) => {
      const waits = !this.turns.mayBegin(item.connection);
      if (waits) this.turns.add(item);
      else this.#work(item.name);
      return waits;
    });
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #work(name: string): void {
    this.begun.push(name);
    this.nowMs += this.workMs;
  }
}

const owners: Record<string, object> = { a: {}, b: {}, c: {} };

test('quick calls begin at once, and the clock is looked at for every fourth of them', () => {
  const self = new Subject(0.003);
  self.read('a', 1);
  assert.equal(self.looks, 0, 'never for one call');
  assert.deepEqual(self.read('a', 1000), []);
  assert.equal(self.begun.length, 1001);
  assert.ok(self.looks <= 252, `${self.looks} looks`);
});

test('when the slice of a turn is used up the rest wait, and begin in slices and in their order', async () => {
  const self = new Subject(2);
  assert.equal(self.read('a', 10).length, 7);
  assert.deepEqual(self.begun, ['a0', 'a1', 'a2']);
  await self.turn();
  assert.deepEqual(self.begun, ['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
  await self.turn();
  assert.equal(self.begun.length, 9);
  await self.turn();
  assert.deepEqual(
    self.begun,
    Array.from({ length: 10 }, (_, n) => `a${n}`),
  );
});

test('the reads of one turn share its slice, whoever they are from, and the next turn has another', async () => {
  const self = new Subject(6);
  assert.equal(self.read('a', 1).length, 0);
  assert.deepEqual(
    self.read('b', 1).map(({ name }) => name),
    ['b0'],
  );
  await self.turn();
  assert.deepEqual(self.begun, ['a0', 'b0']);
  self.nowMs += 2;
  assert.equal(self.read('b', 1).length, 0);
});

test('connections take turns, and a new one does not wait for all that others have left', async () => {
  const self = new Subject(5);
  self.read('a', 4);
  self.read('b', 3);
  for (let turn = 0; turn < 6; turn++) await self.turn();
  assert.deepEqual(self.begun, ['a0', 'a1', 'b0', 'a2', 'b1', 'a3', 'b2']);
});

test('while calls of a connection wait, its later ones wait behind them; those of others need not', async () => {
  const self = new Subject(5);
  self.read('a', 4);
  await self.turn();
  // The slice of this turn is new.
  self.workMs = 0;
  assert.equal(self.read('a', 1).length, 1);
  assert.equal(self.read('c', 1).length, 0);
  assert.deepEqual(self.begun, ['a0', 'a1', 'c0']);
  await self.turn();
  assert.deepEqual(self.begun, ['a0', 'a1', 'c0', 'a2', 'a3', 'a0']);
});

test('what is taken back never begins, and nothing is left of it', async () => {
  const self = new Subject(5);
  const waiting = self.read('a', 5);
  for (const item of waiting.slice(1, 3)) self.turns.remove(item);
  // One that does not wait, and one twice.
  self.turns.remove({ connection: owners['b']!, name: 'b0' });
  for (const item of waiting.slice(1, 2)) self.turns.remove(item);
  for (let turn = 0; turn < 5; turn++) await self.turn();
  assert.deepEqual(self.begun, ['a0', 'a1', 'a4']);
  assert.equal(self.read('a', 1).length, 0);
});

test('slow calls after quick ones are noticed within four', () => {
  const self = new Subject(0.001);
  self.read('a', 100);
  self.workMs = 50;
  assert.ok(self.read('a', 20).length >= 16);
});
