import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns, type Waiting } from './turns.ts';

interface Item extends Waiting {
  readonly name: string;
  /** What it does, it does after it was begun. */
  readonly later?: () => void;
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
    ({ name, later }) => {
      if (later === undefined) this.#work(name);
      else void Promise.resolve().then(later);
      return later !== undefined;
    },
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

test('after a slow call the next of its read is looked at', () => {
  assert.equal(new Subject(6).read('a', 2).length, 1);
});

test('slow calls behind those of a slice of quick ones are noticed at once', async () => {
  const self = new Subject(0.3);
  assert.ok(self.read('a', 60).length > 30);
  await self.turn();
  self.workMs = 50;
  assert.equal(self.read('c', 3).length, 2);
});

test('the end of a turn is waited for once in a millisecond at most', async (t) => {
  const immediates = t.mock.method(globalThis, 'setImmediate');
  const self = new Subject(0);
  for (let turn = 0; turn < 40; turn++) {
    self.read('a', 1);
    self.read('b', 1);
    await self.turn();
    self.nowMs += 0.1;
  }
  const { calls } = immediates.mock;
  const own = calls.filter(({ arguments: [callback] }) => callback === calls[0]!.arguments[0]).length;
  assert.ok(own >= 3 && own <= 4, `${own} times in 4 ms`);
});

test('a read a millisecond after the last slice began has a slice of its own', async () => {
  const self = new Subject(2);
  self.read('a', 1);
  await self.turn();
  self.nowMs += 2;
  assert.equal(self.read('a', 3).length, 0);
});

/** A stream in the line, which works on so many messages of a millisecond when its turn has come. */
function streamOf(self: Subject, connection: string, messages: number): Item {
  const item: Item = {
    connection: owners[connection]!,
    name: connection,
    later: () => {
      for (let left = messages; left > 0; left--) {
        self.begun.push(connection);
        self.nowMs += 1;
        if (left > 1 && !self.turns.mayGoOn()) {
          self.turns.add(streamOf(self, connection, left - 1));
          return;
        }
      }
    },
  };
  return item;
}

test('what works only after it was begun has a slice from then on, and others come in later turns', async () => {
  const self = new Subject(1);
  self.read('a', 7);
  self.turns.add(streamOf(self, 'b', 7));
  self.turns.add(streamOf(self, 'c', 2));
  const turns: string[] = [];
  for (let turn = 0; turn < 5; turn++) {
    self.begun.length = 0;
    await self.turn();
    turns.push(self.begun.map((name) => name[0]).join(''));
  }
  assert.deepEqual(turns, ['abbbbb', 'cc', 'abb', '', '']);
});

test('reads of a turn share its slice with a stream that goes on in it', async () => {
  const self = new Subject(1);
  self.read('a', 5);
  self.turns.add(streamOf(self, 'b', 5));
  await self.turn();
  assert.equal(self.begun.filter((name) => name === 'b').length, 5);
  assert.equal(self.read('c', 1).length, 1);
});

test('what goes on outside of a read has a slice of its own, once in a turn', async () => {
  const self = new Subject(0);
  self.read('a', 1);
  await self.turn();
  self.nowMs += 100;
  const messages = (): number => {
    let count = 0;
    while (self.turns.mayGoOn()) {
      self.nowMs += 1;
      count++;
    }
    return count;
  };
  assert.deepEqual([messages(), messages()], [5, 0]);
  await self.turn();
  assert.deepEqual([messages(), messages()], [5, 0]);
});
