import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BalancedWorker, ConnectionBalance } from './connection-balance.ts';

/** Workers with so many clients, and what they are asked for: the number of each that is to let one go. */
function site(...clients: (number | undefined)[]) {
  const asked: number[] = [];
  const workers = clients.map((_, worker) => ({
    get connections() {
      return clients[worker];
    },
    calls: { tell: (what: string) => asked.push(what === 'retireOne' ? worker : -1) },
  })) as unknown as BalancedWorker[];
  const balance = new ConnectionBalance(() => workers);
  /** Who was asked in so many looks. */
  const look = (times: number): readonly number[] => {
    for (let time = 0; time < times; time++) balance.look();
    return asked.splice(0);
  };
  return { clients, look };
}

test('nobody is asked while each worker has a client, while none has two, or while one does not move', () => {
  for (const clients of [[1, 1], [1, 30], [0, 1], [0, 0], [1, 1, 0], [0, 9, undefined], [2], []]) {
    assert.deepEqual(site(...clients).look(100), [], String(clients));
  }
});

test('the busiest of those that have two is asked, not at the first look, and less and less often when it is in vain', () => {
  const { look } = site(2, 5, 0, 1);
  assert.deepEqual(look(1), []);
  assert.deepEqual(look(1), [1]);
  assert.deepEqual(look(3), []);
  assert.deepEqual(look(1), [1]);
  assert.deepEqual(look(7), []);
  assert.deepEqual(look(1), [1]);
  look(1000);
  assert.deepEqual(look(640), Array(10).fill(1));
});

test('a client that is away for a while has come back in vain all the same', () => {
  const { clients, look } = site(2, 0);
  assert.deepEqual(look(2), [0]);
  clients[0] = 1;
  assert.deepEqual(look(10), []);
  clients[0] = 2;
  assert.deepEqual(look(3), []);
  assert.deepEqual(look(1), [0]);
});

test('what was not in vain does not make the next wait longer', () => {
  const { clients, look } = site(4, 0, 0, 0);
  assert.deepEqual(look(6), [0, 0]);
  clients[1] = 1;
  assert.deepEqual(look(4), [0]);
  clients[2] = 1;
  assert.deepEqual(look(4), [0]);
  assert.deepEqual(look(7), []);
  assert.deepEqual(look(1), [0]);
});

test('those that come after half a minute in which there was nothing to do are not made to wait for what was in vain before', () => {
  for (const calm of [0, 1]) {
    const { clients, look } = site(2, 0);
    look(100);
    clients[calm] = calm;
    look(29);
    clients[calm] = 2;
    clients[1 - calm] = 0;
    assert.deepEqual(look(3), []);
    look(100);
    clients[calm] = calm;
    clients[1 - calm] = calm;
    look(30);
    clients[calm] = 2;
    clients[1 - calm] = 0;
    assert.deepEqual(look(2), [calm]);
    assert.deepEqual(look(4), [calm]);
  }
});

test('visitors of other workers do not have clients asked for ever that always come back to the same one', () => {
  for (const [workers, stayS] of [
    [2, 1],
    [2, 9],
    [3, 5],
    [3, 25],
  ] as const) {
    const { clients, look } = site(...Array.from({ length: workers }, (_, worker) => (worker === 0 ? 2 : 0)));
    const hour = (): number => {
      let asked = 0;
      for (let second = 0; second < 3_600; second++) {
        clients[1] = second % (2 * stayS) < stayS ? 1 : 0;
        asked += look(1).length;
      }
      return asked;
    };
    hour();
    assert.ok(hour() <= Math.ceil(3_600 / 64), `${workers} workers, visitors of ${stayS} s`);
  }
});

test('clients that come back anywhere end up at all workers, or one at each of some', () => {
  const counts = fc.array(fc.nat(6), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(counts, fc.infiniteStream(fc.noBias(fc.nat())), (given, places) => {
      const { clients, look } = site(...given);
      const without = (): number => clients.filter((count) => count === 0).length;
      // A hundred moves and more, and the last worker of six is found by one in six.
      for (let looks = 0; looks < 10_000; looks++) {
        const before = without();
        for (const worker of look(1)) {
          clients[worker]!--;
          clients[places.next().value! % clients.length]!++;
        }
        assert.ok(without() <= before);
      }
      assert.ok(without() === 0 || Math.max(...(clients as number[])) < 2);
    }),
    { numRuns: 30 },
  );
});
